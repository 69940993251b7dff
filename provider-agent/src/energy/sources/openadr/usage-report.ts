export type UsageInterval = {
  readonly startMs: number;
  readonly endMs: number;
  readonly kwh: number | undefined;
};

/** A report of what the node used. What was not measured is said to be missing; a zero would be a claim. */
export function usageReport(clientName: string, eventId: string, usage: readonly UsageInterval[]) {
  return {
    reportName: 'usageReport',
    eventID: eventId,
    clientName,
    payloadDescriptors: [
      { payloadType: 'USAGE', readingType: 'DIRECT_READ', units: 'KWH' },
      { payloadType: 'DATA_QUALITY' },
    ],
    resources: [
      {
        resourceName: 'node',
        intervals: usage.map(({ startMs, endMs, kwh }, id) => ({
          id,
          intervalPeriod: {
            start: new Date(startMs).toISOString(),
            duration: `PT${Math.round((endMs - startMs) / 1_000)}S`,
          },
          payloads: [
            ...(kwh === undefined ? [] : [{ type: 'USAGE', values: [kwh] }]),
            { type: 'DATA_QUALITY', values: [kwh === undefined ? 'MISSING' : 'OK'] },
          ],
        })),
      },
    ],
  };
}

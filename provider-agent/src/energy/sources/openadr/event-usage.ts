import type { TimedPayload } from './intervals.ts';
import { type UsageInterval, usageReport } from './usage-report.ts';

/** An event's end is known from its payloads; what was used in it is reported for so long after. */
const REPORT_WITHIN_MS = 3_600_000;

/** Which events an interval of the node's energy belongs to. There is no end in a list: what is gone from it has ended. */
export class EventUsage {
  readonly #clientName: string;
  readonly #events = new Map<string, { readonly startMs: number; endMs: number }>();

  constructor(clientName: string) {
    this.#clientName = clientName;
  }

  /** What the VTN lists now. */
  heard(payloads: readonly TimedPayload[], nowMs: number): void {
    const listed = new Map<string, { readonly startMs: number; endMs: number }>();
    for (const { eventId, startMs, endMs } of payloads) {
      const known = listed.get(eventId);
      listed.set(eventId, {
        startMs: Math.min(known?.startMs ?? startMs, startMs),
        endMs: Math.max(known?.endMs ?? endMs, endMs),
      });
    }
    for (const [id, event] of this.#events) {
      if (listed.has(id)) continue;
      event.endMs = Math.min(event.endMs, nowMs);
      if (nowMs - event.endMs > REPORT_WITHIN_MS) this.#events.delete(id);
    }
    for (const [id, event] of listed) this.#events.set(id, event);
  }

  /** One report for each event in which some of the interval lies. */
  reportsOf(usage: UsageInterval): object[] {
    return [...this.#events]
      .filter(([, { startMs, endMs }]) => startMs < usage.endMs && usage.startMs < endMs)
      .map(([id]) => usageReport(this.#clientName, id, [usage]));
  }
}

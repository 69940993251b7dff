/** Longest wait that is believed; more than a day is taken as a day. */
const maxMs = 86_400_000;

/** Retry-After as milliseconds from now: seconds or an HTTP date (RFC 9110 §10.2.3); undefined if absent or garbage. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header)) return Math.min(maxMs, Number(header) * 1000);
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(header)) return undefined;
  const untilMs = Date.parse(header);
  return Number.isNaN(untilMs) ? undefined : Math.min(maxMs, Math.max(0, untilMs - nowMs));
}

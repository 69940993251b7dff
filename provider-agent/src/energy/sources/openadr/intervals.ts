import type { VenEvent } from './ven-schemas.ts';

/** One payload over one stretch of time. */
export type TimedPayload = {
  readonly eventId: string;
  readonly type: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly value: unknown;
  /** The lower number wins. */
  readonly priority: number;
};

const LOWEST_PRIORITY = Number.MAX_SAFE_INTEGER;
const MAX_ROUNDS = 1_000;

/**
 * When what of an event holds. The traps: a start of `0001-01-01` is now, a duration of `P9999Y` has no end; an interval
 * without a period follows the one before; several values in a payload share its interval evenly; the event's own duration
 * repeats its intervals or cuts them off; `randomizeStart` moves all of it.
 *
 * @param firstSeenMs what "now" means for this event
 * @param randomFraction drawn once per event
 */
export function timedPayloads(event: VenEvent, firstSeenMs: number, randomFraction: number): TimedPayload[] {
  const { intervalPeriod: common, intervals } = event;
  const shiftMs = (common?.randomizeStart ?? 0) * randomFraction;
  const beginMs = (common ? startOf(common.start, firstSeenMs) : firstSeenMs) + shiftMs;
  const endMs = beginMs + (event.duration ?? Number.POSITIVE_INFINITY);
  const found: TimedPayload[] = [];
  let roundMs = beginMs;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    let cursorMs = roundMs;
    for (const interval of intervals) {
      const own = interval.intervalPeriod;
      const startMs = own ? startOf(own.start, firstSeenMs) + shiftMs : cursorMs;
      const lengthMs = own?.duration ?? common?.duration ?? Number.POSITIVE_INFINITY;
      cursorMs = startMs + lengthMs;
      for (const { type, values } of interval.payloads)
        found.push(...spread(event, type, values, startMs, Math.min(cursorMs, endMs)));
    }
    const isEndless = !Number.isFinite(cursorMs) || cursorMs <= roundMs;
    if (event.duration === undefined || isEndless || cursorMs >= endMs) break;
    roundMs = cursorMs;
  }
  return found.filter((payload) => payload.endMs > payload.startMs);
}

function spread(
  { id, priority }: VenEvent,
  type: string,
  values: readonly unknown[],
  startMs: number,
  endMs: number,
): TimedPayload[] {
  const partMs = (endMs - startMs) / values.length;
  return values.map((value, part) => ({
    eventId: id,
    type,
    value,
    startMs: part === 0 ? startMs : startMs + part * partMs,
    endMs: part === values.length - 1 ? endMs : startMs + (part + 1) * partMs,
    priority: priority ?? LOWEST_PRIORITY,
  }));
}

function startOf(text: string, nowMs: number): number {
  if (text.startsWith('0001-01-01')) return nowMs;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new RangeError(`expected an ISO 8601 instant, got "${text}"`);
  return ms;
}

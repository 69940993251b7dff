import type { EventEffect, ImportCap } from '../policy/policy-types.ts';

/** A wish or an order of the grid, in one form for OpenADR, eBus, Home Assistant and contacts. */
export type DemandEvent = {
  readonly id: string;
  readonly source: string;
  readonly startMs: number;
  /** Infinity: until it is withdrawn. */
  readonly endMs: number;
  /** SIMPLE: 0 normal, 1 moderate, 2 high, 3 emergency. */
  readonly level?: 0 | 1 | 2 | 3 | undefined;
  /** Import of the whole site. */
  readonly importCapW?: number | undefined;
};

/** What stays of the allowance. */
const factors = [1, 0.5, 0.2, 0] as const;

export type EventEffects = {
  readonly event: EventEffect | undefined;
  readonly importCaps: readonly ImportCap[];
};

/** What holds at `nowMs`. Of several sources the strictest counts: nobody is obeyed less because another asks for less. */
export function effectsOf(events: readonly DemandEvent[], nowMs: number): EventEffects {
  let event: EventEffect | undefined;
  const importCaps: ImportCap[] = [];
  for (const { id, startMs, endMs, level, importCapW } of events) {
    if (nowMs < startMs || nowMs >= endMs) continue;
    if (importCapW !== undefined) importCaps.push({ subject: id, capW: importCapW });
    if (level === undefined || level === 0) continue;
    const factor = factors[level];
    if (event && event.factor <= factor) continue;
    event = { factor, subject: id, untilMs: Number.isFinite(endMs) ? endMs : undefined };
  }
  return { event, importCaps };
}

/** What one kWh costs over a stretch of time; UTC, the end exclusive. */
export type PriceSlot = { readonly startMs: number; readonly endMs: number; readonly perKwh: number };
/** Grams of CO₂ per kWh. */
export type CarbonSlot = { readonly startMs: number; readonly endMs: number; readonly gramsPerKwh: number };
/** Power that the panels are expected to deliver. */
export type SolarSlot = { readonly startMs: number; readonly endMs: number; readonly watts: number };

/** One feed on the network. */
export interface SlotFeed<Slot> {
  /** Slots from about `fromMs` on, as far as the feed knows. */
  fetchSlots(fromMs: number, signal: AbortSignal): Promise<Slot[]>;
}

/** In order, without overlaps: of two that overlap, the later start holds from there on. */
export function inOrder<Slot extends { startMs: number; endMs: number }>(slots: readonly Slot[]): Slot[] {
  const sorted = [...slots].sort((a, b) => a.startMs - b.startMs);
  return sorted
    .map((slot, index) => {
      const next = sorted[index + 1];
      return next && next.startMs < slot.endMs ? { ...slot, endMs: next.startMs } : slot;
    })
    .filter(({ startMs, endMs }) => endMs > startMs);
}

export function slotAt<Slot extends { startMs: number; endMs: number }>(
  slots: readonly Slot[],
  atMs: number,
): Slot | undefined {
  return slots.find(({ startMs, endMs }) => startMs <= atMs && atMs < endMs);
}

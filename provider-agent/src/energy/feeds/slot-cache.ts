import { messageOf } from '../../agent-error.ts';
import { delay } from '../../host/ports.ts';
import type { SourcePorts } from '../sources/polled-source.ts';
import { inOrder, type SlotFeed, slotAt } from './price-slot.ts';

const REFRESH_MS = 30 * 60_000;
const RETRY_MS = 60_000;
const TIMEOUT_MS = 30_000;
/** Kept behind now, for a day's account. */
const KEEP_MS = 26 * 3_600_000;

/**
 * What a feed last said. An answer that does not come leaves the known slots in force until they end; beyond the last slot
 * nothing is known, and nothing is invented.
 */
export class SlotCache<Slot extends { readonly startMs: number; readonly endMs: number }> {
  readonly #feed: SlotFeed<Slot>;
  readonly #ports: SourcePorts;
  #slots: readonly Slot[] = [];

  constructor(feed: SlotFeed<Slot>, ports: SourcePorts) {
    this.#feed = feed;
    this.#ports = ports;
  }

  at(nowMs: number): Slot | undefined {
    return slotAt(this.#slots, nowMs);
  }

  get slots(): readonly Slot[] {
    return this.#slots;
  }

  async run(status: (text: string) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const isFresh = await this.refresh(status, signal);
      await delay(this.#ports.timers, isFresh ? REFRESH_MS : RETRY_MS, signal);
    }
  }

  async refresh(status: (text: string) => void, signal: AbortSignal): Promise<boolean> {
    const nowMs = this.#ports.clock.nowMs();
    const timeout = new AbortController();
    const cancel = this.#ports.timers.after(TIMEOUT_MS, () => timeout.abort(new Error('no answer')));
    try {
      const found = await this.#feed.fetchSlots(nowMs, AbortSignal.any([signal, timeout.signal]));
      this.put(found, nowMs);
      return true;
    } catch (error) {
      if (!signal.aborted) status(messageOf(error));
      return false;
    } finally {
      cancel();
    }
  }

  /** New slots replace old ones with the same start. */
  put(slots: readonly Slot[], nowMs: number): void {
    const known = new Map(this.#slots.map((slot) => [slot.startMs, slot]));
    for (const slot of slots) known.set(slot.startMs, slot);
    this.#slots = inOrder([...known.values()].filter(({ endMs }) => endMs > nowMs - KEEP_MS));
  }
}

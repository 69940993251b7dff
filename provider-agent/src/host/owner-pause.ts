import { z } from 'zod';
import { readIfThere, writeDurably } from './durable-file.ts';
import type { Clock, Timers } from './ports.ts';

/** `untilMs` null: until the owner goes on. */
export type Pause =
  | { readonly isPaused: false }
  | { readonly isPaused: true; readonly sinceMs: number; readonly untilMs: number | null };

const savedPause = z.union([
  z.strictObject({ isPaused: z.literal(false) }),
  z.strictObject({
    isPaused: z.literal(true),
    sinceMs: z.int().min(0),
    untilMs: z.int().min(0).nullable(),
  }),
]);

/** Longest wait of one timer (they count in 32 bits). */
const STEP_MS = 3_600_000;

export type OwnerPauseParts = {
  readonly path: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly onChange: (pause: Pause) => void;
};

/** The owner's own pause: kept on disk, so that a restart neither ends nor prolongs it. */
export class OwnerPause {
  readonly #parts: OwnerPauseParts;
  #pause: Pause = { isPaused: false };
  #cancel: () => void = () => {};

  private constructor(parts: OwnerPauseParts) {
    this.#parts = parts;
  }

  /** An unreadable file counts as no pause: the owner sees that on the page. */
  static async open(parts: OwnerPauseParts): Promise<OwnerPause> {
    const owner = new OwnerPause(parts);
    const text = await readIfThere(parts.path);
    if (text !== undefined) owner.#pause = parse(text);
    owner.#watch();
    return owner;
  }

  get current(): Pause {
    return this.#pause;
  }

  async pause(untilMs: number | null): Promise<void> {
    await this.#set({ isPaused: true, sinceMs: this.#parts.clock.nowMs(), untilMs });
  }

  async resume(): Promise<void> {
    await this.#set({ isPaused: false });
  }

  stop(): void {
    this.#cancel();
  }

  async #set(pause: Pause): Promise<void> {
    await writeDurably(this.#parts.path, `${JSON.stringify(pause)}\n`);
    this.#pause = pause;
    this.#watch();
  }

  /** Tells what holds now, and looks again when that may change. */
  #watch(): void {
    this.#cancel();
    const { clock, timers, onChange } = this.#parts;
    if (this.#pause.isPaused && this.#pause.untilMs !== null) {
      const leftMs = this.#pause.untilMs - clock.nowMs();
      if (leftMs <= 0) this.#pause = { isPaused: false };
      else this.#cancel = timers.after(Math.min(leftMs, STEP_MS), () => this.#watch());
    }
    onChange(this.#pause);
  }
}

function parse(text: string): Pause {
  try {
    return savedPause.parse(JSON.parse(text));
  } catch {
    return { isPaused: false };
  }
}

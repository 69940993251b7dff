import { EventQueue, type QueuedEvent } from './event-queue.ts';
import { InvariantViolation } from './invariant-violation.ts';
import { Trace } from './trace.ts';

/**
 * Clock and timers of a simulated world: time jumps from event to event, one at a time, in an order that only the seed
 * decides. Whatever runs in it may use no other clock, timer or source of chance.
 */
export class Simulation {
  readonly seed: number;
  readonly trace = new Trace();
  readonly #queue = new EventQueue();
  #nowMs: number;
  #scheduled = 0;
  #events = 0;

  constructor(seed: number, startMs = 0) {
    this.seed = seed;
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** Events that have run. */
  get events(): number {
    return this.#events;
  }

  /** @returns calls the task off */
  after(delayMs: number, task: () => void): () => void {
    const event: QueuedEvent = {
      atMs: this.#nowMs + Math.max(0, Math.round(delayMs)),
      order: this.#scheduled++,
      task,
    };
    this.#queue.push(event);
    return () => {
      event.task = undefined;
    };
  }

  /** Runs the next event that is due by `endMs`. False when there is none; the clock then stands at `endMs`. */
  step(endMs: number): boolean {
    for (;;) {
      const next = this.#queue.peek();
      if (next === undefined || next.atMs > endMs) break;
      this.#queue.pop();
      if (next.task === undefined) continue;
      this.#nowMs = next.atMs;
      this.#events += 1;
      next.task();
      return true;
    }
    this.#nowMs = Math.max(this.#nowMs, endMs);
    return false;
  }

  /** Runs everything that is due by `endMs`, with `check` after every event. */
  run(endMs: number, check?: () => void): void {
    while (this.step(endMs)) check?.();
  }

  /** The same for code that awaits: every event runs to rest, promises included, before the next one begins. */
  async runToRest(endMs: number, check: () => void): Promise<void> {
    while (this.step(endMs)) {
      await new Promise(setImmediate);
      check();
    }
  }

  /** @throws InvariantViolation that names seed and event, unless `holds` */
  assert(holds: boolean, invariant: string, describe: () => string): void {
    if (!holds) throw new InvariantViolation(invariant, this.seed, this.#events, this.#nowMs, describe());
  }
}

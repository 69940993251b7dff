import type { CycleResult } from '../service/energy-loop.ts';
import type { SensorBoard } from '../site/sensor-board.ts';
import type { Signal } from '../site/signals.ts';
import { eventBegan, eventEnded, type NoticeDraft, sensorNotBelieved, stoppedForSafety } from './notice.ts';

/** A sensor that is back by then was only late. */
const NOT_BELIEVED_FOR_MS = 120_000;

/** Sees in each cycle what the owner should hear of. */
export class NoticeWatch {
  readonly #board: SensorBoard;
  readonly #tell: (draft: NoticeDraft, nowMs: number) => void;
  readonly #badSinceMs = new Map<Signal, number>();
  #wasStopped = false;
  #eventId: string | undefined;

  constructor(board: SensorBoard, tell: (draft: NoticeDraft, nowMs: number) => void) {
    this.#board = board;
    this.#tell = tell;
  }

  cycle({ atMs, decision, view }: CycleResult): void {
    const { stop } = decision.state;
    if (stop && !this.#wasStopped) this.#tell(stoppedForSafety(stop.code, stop.subject), atMs);
    this.#wasStopped = stop !== undefined;
    const eventId = view.event?.subject;
    if (eventId !== this.#eventId) {
      if (this.#eventId !== undefined) this.#tell(eventEnded(this.#eventId), atMs);
      if (eventId !== undefined) this.#tell(eventBegan(eventId), atMs);
      this.#eventId = eventId;
    }
    for (const signal of this.#board.signals) this.#look(signal, atMs);
  }

  #look(signal: Signal, nowMs: number): void {
    const { quality, cause } = this.#board.assess(signal, nowMs);
    if (quality === 'good') return void this.#badSinceMs.delete(signal);
    const sinceMs = this.#badSinceMs.get(signal) ?? nowMs;
    this.#badSinceMs.set(signal, sinceMs);
    if (nowMs - sinceMs >= NOT_BELIEVED_FOR_MS)
      this.#tell(sensorNotBelieved(signal, cause ?? quality), nowMs);
  }
}

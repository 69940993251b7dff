import { heldBack, type Notice, type NoticeDraft } from './notice.ts';

/** The same thing again within this time is the same thing. */
const REPEAT_AFTER_MS = 3_600_000;
const MOST_AN_HOUR = 12;
const KEPT = 20;

/** Decides what the owner is told: each thing once an hour at most, and a storm of different things is cut off with its count. */
export class NoticeDesk {
  readonly #send: (notice: Notice) => void;
  readonly #log: (draft: NoticeDraft) => void;
  readonly #lastMs = new Map<string, number>();
  #kept: readonly Notice[] = [];
  #hourStartMs = Number.NEGATIVE_INFINITY;
  #sent = 0;
  #heldBack = 0;

  /** @param log hears of what a storm holds back, too */
  constructor(send: (notice: Notice) => void, log: (draft: NoticeDraft) => void) {
    this.#send = send;
    this.#log = log;
  }

  /** Newest first. */
  get newest(): readonly Notice[] {
    return this.#kept;
  }

  tell(draft: NoticeDraft, nowMs: number): void {
    this.#turnHour(nowMs);
    const key = `${draft.code} ${draft.subject ?? ''}`;
    const lastMs = this.#lastMs.get(key);
    if (lastMs !== undefined && nowMs - lastMs < REPEAT_AFTER_MS) return;
    this.#lastMs.set(key, nowMs);
    this.#log(draft);
    if (this.#sent >= MOST_AN_HOUR) this.#heldBack += 1;
    else this.#pass(draft, nowMs);
  }

  #turnHour(nowMs: number): void {
    if (nowMs - this.#hourStartMs < REPEAT_AFTER_MS) return;
    const count = this.#heldBack;
    this.#hourStartMs = nowMs;
    this.#sent = 0;
    this.#heldBack = 0;
    for (const [key, lastMs] of this.#lastMs) if (nowMs - lastMs >= REPEAT_AFTER_MS) this.#lastMs.delete(key);
    if (count > 0) this.#pass(heldBack(count), nowMs);
  }

  #pass(draft: NoticeDraft, atMs: number): void {
    const notice = { ...draft, atMs };
    this.#sent += 1;
    this.#kept = [notice, ...this.#kept].slice(0, KEPT);
    this.#send(notice);
  }
}

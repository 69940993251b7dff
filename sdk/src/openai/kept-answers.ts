import { HearthError } from '../protocol/index.ts';
import type { ApiAnswer } from './api.ts';
import { SharedStream } from './shared-stream.ts';

const KEEP_MS = 60 * 60_000;
const MAX_KEPT = 1_000;
const MAX_KEPT_CHARACTERS = 64_000_000;
/** As long as Stripe's. */
const MAX_KEY_LENGTH = 255;

type Kept = {
  /** What was asked under the key. */
  readonly asked: string;
  readonly answer: Promise<ApiAnswer>;
  readonly atMs: number;
  /** Of the whole answer; 0 while it is on its way. */
  characters: number;
};
type Make = (signal: AbortSignal) => Promise<ApiAnswer>;

/**
 * Answers to calls that came with an `Idempotency-Key`, for an hour, in memory. A call that comes again gets the answer of the
 * first one, also while that is on its way, and nothing is paid twice. So that there is an answer to get, such a call goes on
 * when its client has gone. What failed before a job had begun cost nothing, and is tried anew.
 */
export class KeptAnswers {
  /** Oldest first. */
  readonly #kept = new Map<string, Kept>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #stop = new AbortController();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** @throws HearthError `invalid_request` for a key that was used to ask for something else; what `make` throws */
  async answer(key: string, asked: string, make: Make): Promise<ApiAnswer> {
    if (key.length > MAX_KEY_LENGTH)
      throw refused(`expected at most ${MAX_KEY_LENGTH} characters, got ${key.length}`);
    this.#forgetOld();
    const known = this.#kept.get(key);
    if (known && known.asked !== asked) throw refused('it was used for another request');
    if (known) return replayed(await known.answer);
    const { promise, resolve } = Promise.withResolvers<ApiAnswer>();
    const kept: Kept = { asked, answer: promise, atMs: this.#nowMs(), characters: 0 };
    this.#kept.set(key, kept);
    resolve(this.#run(key, kept, make));
    return promise;
  }

  /** Breaks off what is under way, and waits until it has ended. */
  async close(): Promise<void> {
    this.#stop.abort(new HearthError('unavailable', 'the sidecar stops'));
    await Promise.allSettled(this.#running);
  }

  async #run(key: string, kept: Kept, make: Make): Promise<ApiAnswer> {
    const making = make(this.#stop.signal);
    this.#waitFor(making);
    try {
      const answer = await making;
      if (answer.body instanceof Uint8Array) {
        kept.characters = answer.body.length;
        return answer;
      }
      const stream = new SharedStream(answer.body);
      this.#waitFor(
        stream.ended.then((failure) => {
          kept.characters = stream.characters;
          if (failure !== undefined && isFree(failure)) this.#forget(key, kept);
        }),
      );
      return { ...answer, body: stream };
    } catch (error) {
      if (!isFree(error)) throw final(error);
      this.#forget(key, kept);
      throw error;
    }
  }

  #waitFor(work: Promise<unknown>): void {
    const ended = work.catch(() => {}).finally(() => this.#running.delete(ended));
    this.#running.add(ended);
  }

  #forget(key: string, kept: Kept): void {
    if (this.#kept.get(key) === kept) this.#kept.delete(key);
  }

  #forgetOld(): void {
    const oldestMs = this.#nowMs() - KEEP_MS;
    let [count, characters] = [0, 0];
    for (const [key, kept] of [...this.#kept].toReversed()) {
      count += 1;
      characters += kept.characters;
      if (kept.atMs < oldestMs || count > MAX_KEPT || characters > MAX_KEPT_CHARACTERS)
        this.#kept.delete(key);
    }
  }
}

/** A failure that no enclave can have been paid for. */
const isFree = (error: unknown): boolean =>
  error instanceof HearthError && error.details?.['hasBegun'] !== true;

/** Asking again under this key would say it again. */
function final(error: unknown): unknown {
  if (!(error instanceof HearthError)) return error;
  const { code, message, details } = error;
  return new HearthError(code, message, { cause: error, details: { ...details, isFinal: true } });
}

const replayed = (answer: ApiAnswer): ApiAnswer => ({
  ...answer,
  headers: { ...answer.headers, 'idempotent-replayed': 'true' },
});

const refused = (why: string) =>
  new HearthError('invalid_request', `Idempotency-Key: ${why}`, {
    details: { apiCode: 'idempotency_key_reused' },
  });

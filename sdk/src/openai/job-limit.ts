import { HearthError } from '../protocol/index.ts';

/** Jobs at once, said to clients in the headers that they know from OpenAI. */
export class JobLimit {
  readonly #most: number;
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get running(): number {
    return this.#running;
  }

  /** Takes a place; the returned function gives it back, once. @throws HearthError `rate_limited` */
  enter(): () => void {
    if (this.#running >= this.#most)
      throw new HearthError('rate_limited', `${this.#most} requests are under way here; wait for one to end`);
    this.#running += 1;
    let isInside = true;
    return () => {
      if (isInside) this.#running -= 1;
      isInside = false;
    };
  }

  /** A place is free again as soon as any request ends: a second is as good a guess as any. */
  headers(): Record<string, string> {
    const remaining = this.#most - this.#running;
    return {
      'x-ratelimit-limit-requests': String(this.#most),
      'x-ratelimit-remaining-requests': String(remaining),
      'x-ratelimit-reset-requests': remaining > 0 ? '0s' : '1s',
    };
  }
}

import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../ports.ts';

const IDLE_MS = 12 * 3_600_000;
const LONGEST_MS = 7 * 24 * 3_600_000;
const MOST = 20;
const TOKEN_BYTES = 32;

/** Browsers that have logged in. In memory, by the digest of their token: a restart of the host logs everybody out. */
export class BrowserSessions {
  readonly #clock: Clock;
  readonly #open = new Map<string, { readonly sinceMs: number; seenMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new session; the oldest one ends where there are too many. @returns its token */
  open(): string {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const nowMs = this.#clock.nowMs();
    const [oldest] = this.#open.keys();
    if (this.#open.size >= MOST && oldest !== undefined) this.#open.delete(oldest);
    this.#open.set(digestOf(token), { sinceMs: nowMs, seenMs: nowMs });
    return token;
  }

  isOpen(token: string | undefined): boolean {
    if (token === undefined) return false;
    const digest = digestOf(token);
    const session = this.#open.get(digest);
    if (!session) return false;
    const nowMs = this.#clock.nowMs();
    if (nowMs - session.seenMs > IDLE_MS || nowMs - session.sinceMs > LONGEST_MS) {
      this.#open.delete(digest);
      return false;
    }
    session.seenMs = nowMs;
    return true;
  }

  close(token: string | undefined): void {
    if (token !== undefined) this.#open.delete(digestOf(token));
  }
}

const digestOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

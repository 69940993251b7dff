import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Clock } from '../../ports.ts';
import type { PageProblemCode } from '../page-problem.ts';
import { BrowserSessions } from './browser-sessions.ts';
import { GuessLimit } from './guess-limit.ts';
import type { PassphraseCheck } from './passphrase.ts';

/** `__Host-`: the browser takes it only over TLS, for this host alone and for every path (RFC 6265bis, 4.1.3.2). */
const COOKIE = '__Host-hearth';
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict';

const guess = z.strictObject({ passphrase: z.string().min(1).max(1_000) });

export type LoginAnswer =
  | { readonly status: 200; readonly cookie: string }
  | {
      readonly status: 401 | 429;
      readonly code: PageProblemCode;
      readonly error: string;
      readonly retryAfterSec?: number;
    };

/** Who may see and do anything on a page that can be reached from elsewhere. */
export class Login {
  readonly #isPassphrase: PassphraseCheck;
  readonly #sessions: BrowserSessions;
  readonly #guesses: GuessLimit;
  /** One at a time: each takes 32 MiB. */
  #checking: Promise<unknown> = Promise.resolve();

  constructor(isPassphrase: PassphraseCheck, clock: Clock) {
    this.#isPassphrase = isPassphrase;
    this.#sessions = new BrowserSessions(clock);
    this.#guesses = new GuessLimit(clock);
  }

  admits(headers: IncomingHttpHeaders): boolean {
    return this.#sessions.isOpen(tokenOf(headers));
  }

  /** @throws ZodError for a body that is no guess */
  async enter(body: unknown): Promise<LoginAnswer> {
    const { passphrase } = guess.parse(body);
    const waitMs = this.#guesses.take();
    if (waitMs > 0)
      return {
        status: 429,
        code: 'too_many_guesses',
        error: 'too many guesses',
        retryAfterSec: Math.ceil(waitMs / 1_000),
      };
    const checked = this.#checking.then(() => this.#isPassphrase(passphrase));
    this.#checking = checked.catch(() => {});
    if (!(await checked))
      return { status: 401, code: 'wrong_passphrase', error: 'that is not the passphrase' };
    this.#guesses.reset();
    return { status: 200, cookie: `${COOKIE}=${this.#sessions.open()}; ${ATTRIBUTES}` };
  }

  leave(headers: IncomingHttpHeaders): LoginAnswer {
    this.#sessions.close(tokenOf(headers));
    return { status: 200, cookie: `${COOKIE}=; Max-Age=0; ${ATTRIBUTES}` };
  }
}

function tokenOf({ cookie = '' }: IncomingHttpHeaders): string | undefined {
  const pairs = cookie.split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
}

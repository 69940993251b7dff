/** Who has to act: the caller's request, nobody (try later), whoever answered, or the one who runs this. */
export type FetchReaction = 'fix-request' | 'retry-later' | 'distrust-peer' | 'page-operator';

/** Why no collateral came; closed. The reaction and whether a retry can help derive from the code, here only. */
export const fetchErrorCodes = {
  'bad-request': { reaction: 'fix-request', retryable: false },
  'not-found': { reaction: 'fix-request', retryable: false },
  /** The vendor has withdrawn it, as Intel does with old TCB evaluation data numbers. */
  gone: { reaction: 'fix-request', retryable: false },
  /** 401, 403 and the like: a firewall, a proxy or a missing subscription. */
  refused: { reaction: 'page-operator', retryable: false },
  'rate-limited': { reaction: 'retry-later', retryable: true },
  unavailable: { reaction: 'retry-later', retryable: true },
  timeout: { reaction: 'retry-later', retryable: true },
  truncated: { reaction: 'retry-later', retryable: true },
  /** This side has too much under way already. */
  overloaded: { reaction: 'retry-later', retryable: false },
  cancelled: { reaction: 'fix-request', retryable: false },
  'too-large': { reaction: 'distrust-peer', retryable: false },
  redirected: { reaction: 'distrust-peer', retryable: false },
  'wrong-type': { reaction: 'distrust-peer', retryable: false },
  malformed: { reaction: 'distrust-peer', retryable: false },
  /** A well-formed answer to another question: other FMSPC, other certificate, other id. */
  mismatch: { reaction: 'distrust-peer', retryable: false },
  /** Past its own nextUpdate when it arrived. */
  expired: { reaction: 'retry-later', retryable: false },
  /** Older than what has been verified before. */
  rollback: { reaction: 'distrust-peer', retryable: false },
  /** The offline pack does not hold it. */
  missing: { reaction: 'fix-request', retryable: false },
  'bad-pack': { reaction: 'fix-request', retryable: false },
} as const satisfies Record<string, { reaction: FetchReaction; retryable: boolean }>;

export type FetchErrorCode = keyof typeof fetchErrorCodes;

export type FetchErrorDetails = {
  readonly expected?: string;
  readonly actual?: string;
  /** How long the other side asked us to stay away. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
};

/** Thrown by everything that fetches: names the thing, what was expected and what arrived. */
export class CollateralFetchError extends Error {
  override readonly name = 'CollateralFetchError';
  readonly code: FetchErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: FetchErrorCode, thing: string, details: FetchErrorDetails = {}) {
    const { expected, actual, retryAfterMs, cause } = details;
    const facts = [
      ...(expected === undefined ? [] : [`expected ${expected}`]),
      ...(actual === undefined ? [] : [`got ${actual}`]),
    ];
    const text = [thing, ...(facts.length === 0 ? [code] : [facts.join(', ')])].join(': ');
    super(text, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }

  get reaction(): FetchReaction {
    return fetchErrorCodes[this.code].reaction;
  }

  get retryable(): boolean {
    return fetchErrorCodes[this.code].retryable;
  }
}

/** Who has to act on an error, and therefore what a caller should do with it. */
export type Reaction = 'fix-request' | 'retry-later' | 'distrust-peer' | 'page-operator';

/** The closed set of codes that cross a process boundary; status and reaction derive from the code, here only. */
export const errorCodes = {
  invalid_request: { httpStatus: 400, reaction: 'fix-request' },
  unsupported_parameter: { httpStatus: 400, reaction: 'fix-request' },
  context_length_exceeded: { httpStatus: 400, reaction: 'fix-request' },
  invalid_api_key: { httpStatus: 401, reaction: 'fix-request' },
  invalid_signature: { httpStatus: 401, reaction: 'fix-request' },
  insufficient_funds: { httpStatus: 402, reaction: 'fix-request' },
  policy_unsatisfied: { httpStatus: 403, reaction: 'fix-request' },
  not_found: { httpStatus: 404, reaction: 'fix-request' },
  model_not_found: { httpStatus: 404, reaction: 'fix-request' },
  order_not_open: { httpStatus: 409, reaction: 'fix-request' },
  order_locked: { httpStatus: 409, reaction: 'retry-later' },
  stale_checkpoint: { httpStatus: 409, reaction: 'retry-later' },
  already_exists: { httpStatus: 409, reaction: 'fix-request' },
  too_large: { httpStatus: 413, reaction: 'fix-request' },
  key_config_mismatch: { httpStatus: 422, reaction: 'retry-later' },
  cap_exceeded: { httpStatus: 422, reaction: 'retry-later' },
  hold_exceeded: { httpStatus: 422, reaction: 'retry-later' },
  lease_invalid: { httpStatus: 422, reaction: 'retry-later' },
  rate_limited: { httpStatus: 429, reaction: 'retry-later' },
  internal: { httpStatus: 500, reaction: 'page-operator' },
  evidence_rejected: { httpStatus: 502, reaction: 'distrust-peer' },
  peer_protocol_violation: { httpStatus: 502, reaction: 'distrust-peer' },
  enclave_lost: { httpStatus: 502, reaction: 'retry-later' },
  stream_truncated: { httpStatus: 502, reaction: 'retry-later' },
  no_bid: { httpStatus: 503, reaction: 'retry-later' },
  unavailable: { httpStatus: 503, reaction: 'retry-later' },
  timeout: { httpStatus: 504, reaction: 'retry-later' },
} as const satisfies Record<string, { httpStatus: number; reaction: Reaction }>;

export type ErrorCode = keyof typeof errorCodes;

/** The one error family of the market: a code, a sentence that names thing, expectation and arrival, and the cause. */
export class HearthError extends Error {
  override readonly name = 'HearthError';
  readonly code: ErrorCode;
  /** Machine-readable particulars (never prompts, keys or tokens). */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
  }

  get httpStatus(): number {
    return errorCodes[this.code].httpStatus;
  }

  get reaction(): Reaction {
    return errorCodes[this.code].reaction;
  }

  /** The JSON body in which the error travels. */
  toJSON(): { error: { code: ErrorCode; message: string; reaction: Reaction; details?: unknown } } {
    return {
      error: {
        code: this.code,
        message: this.message,
        reaction: this.reaction,
        ...(this.details === undefined ? {} : { details: this.details }),
      },
    };
  }
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code);
}

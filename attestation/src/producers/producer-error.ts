/** Why no evidence came, and who must act. */
export const producerErrorCodes = {
  /** The interface is not there: other hardware, a missing driver, a socket that is not mounted. */
  'not-available': 'page-operator',
  /** It is there, and this process may not use it. */
  'not-permitted': 'page-operator',
  /** It answers, for something this package has no verifier for. */
  'not-supported': 'page-operator',
  'bad-request': 'fix-request',
  /** Somebody else uses it; the bounded retries are used up. */
  busy: 'retry-later',
  timeout: 'retry-later',
  cancelled: 'retry-later',
  /** It answered with an error of its own. */
  failed: 'page-operator',
  /** It answered with something that is not what was asked for. */
  'bad-answer': 'page-operator',
} as const;

export type ProducerErrorCode = keyof typeof producerErrorCodes;

/** Names the interface, what was expected and what arrived. Carries no evidence and no report data. */
export class ProducerError extends Error {
  override readonly name = 'ProducerError';
  readonly code: ProducerErrorCode;

  constructor(code: ProducerErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
  }

  get reaction(): (typeof producerErrorCodes)[ProducerErrorCode] {
    return producerErrorCodes[this.code];
  }
}

/** A ProducerError stays what it is; anything else is a bug, and its text is shown for that. */
export function wordsOf(error: unknown): string {
  return error instanceof ProducerError ? error.message : excerpt(String(error));
}

/** What went wrong outside, in few words: foreign text is cut and stripped of control characters. */
export function excerpt(text: string, maxChars = 200): string {
  const clean = text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
  return clean.length > maxChars ? `${clean.slice(0, maxChars)}…` : clean;
}

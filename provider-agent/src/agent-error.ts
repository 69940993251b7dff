/** What can stop the agent, closed. Each message names the thing and what to do about it. */
export type AgentErrorCode =
  | 'usage'
  | 'config_missing'
  | 'config_invalid'
  | 'file_exists'
  | 'key_unreadable'
  | 'data_dir_locked'
  | 'data_dir_unusable'
  | 'enrolment_missing'
  | 'enrolment_invalid'
  | 'journal_failed'
  | 'chain_mismatch'
  | 'chain_unreachable'
  | 'gateway_unreachable'
  | 'model_unavailable'
  | 'transaction_failed'
  | 'enclave_unreachable'
  | 'calibration_failed'
  | 'port_taken'
  | 'process_failed';

export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly code: AgentErrorCode;

  constructor(code: AgentErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

/** For logs and state lines: the message of anything that was thrown. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // `fetch` says only that it failed; why stands in its cause.
  if (error.message === 'fetch failed' && error.cause instanceof Error) return messageOf(error.cause);
  return error.message || ((error as NodeJS.ErrnoException).code ?? error.name);
}

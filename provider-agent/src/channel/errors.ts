/**
 * The closed set of codes that the enclave answers the host with. A job refusal means: nothing ran, nothing is billed.
 * The sentence beside a code is for people; it never holds prompts, keys or tokens.
 */
export const enclaveErrorCodes = {
  // boot
  config_invalid: 'boot',
  model_unreadable: 'boot',
  model_digest_mismatch: 'boot',
  model_load_failed: 'boot',
  engine_failed: 'boot',
  already_booted: 'boot',
  not_booted: 'boot',
  // the peer on the channel broke the protocol
  protocol_violation: 'channel',
  connection_lost: 'channel',
  // job refusals
  malformed_request: 'job',
  too_large: 'job',
  order_mismatch: 'job',
  order_not_valid_now: 'job',
  session_signature_invalid: 'job',
  authorization_invalid: 'job',
  price_above_order: 'job',
  tier_below_order: 'job',
  policy_mismatch: 'job',
  model_mismatch: 'job',
  model_not_loaded: 'job',
  unsupported_endpoint: 'job',
  job_not_yet_valid: 'job',
  job_expired: 'job',
  expiry_beyond_order: 'job',
  expiry_beyond_key: 'job',
  hpke_key_unknown: 'job',
  suite_mismatch: 'job',
  not_a_recipient: 'job',
  recipients_root_mismatch: 'job',
  cap_exceeded: 'job',
  no_free_slot: 'job',
  undecryptable: 'job',
  replayed: 'job',
  withdrawn: 'job',
  still_running: 'job',
  // answered inside the sealed response, in OpenAI's error envelope
  context_length_exceeded: 'request',
  invalid_request: 'request',
  unsupported_parameter: 'request',
  internal: 'request',
} as const satisfies Record<string, 'boot' | 'channel' | 'job' | 'request'>;

export type EnclaveErrorCode = keyof typeof enclaveErrorCodes;

export const enclaveErrorCodeNames = Object.keys(enclaveErrorCodes) as [
  EnclaveErrorCode,
  ...EnclaveErrorCode[],
];

export class EnclaveError extends Error {
  override readonly name = 'EnclaveError';
  readonly code: EnclaveErrorCode;
  /** Machine-readable particulars, e.g. `{ expected, actual }`. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: EnclaveErrorCode,
    message: string,
    options: { cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
  }
}

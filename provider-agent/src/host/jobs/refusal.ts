import type { ErrorCode } from '@hearth/sdk/protocol';
import type { EnclaveErrorCode } from '../../channel/index.ts';

/** What the market hears of an enclave's refusal. Total, so that a new enclave code does not compile without an answer. */
const marketCodes: Readonly<Record<EnclaveErrorCode, ErrorCode>> = {
  config_invalid: 'unavailable',
  model_unreadable: 'unavailable',
  model_digest_mismatch: 'unavailable',
  model_load_failed: 'unavailable',
  engine_failed: 'unavailable',
  already_booted: 'unavailable',
  not_booted: 'unavailable',
  protocol_violation: 'internal',
  connection_lost: 'enclave_lost',
  malformed_request: 'invalid_request',
  too_large: 'too_large',
  order_mismatch: 'invalid_request',
  order_not_valid_now: 'order_not_open',
  session_signature_invalid: 'invalid_signature',
  authorization_invalid: 'invalid_signature',
  price_above_order: 'invalid_request',
  tier_below_order: 'policy_unsatisfied',
  policy_mismatch: 'policy_unsatisfied',
  model_mismatch: 'model_not_found',
  model_not_loaded: 'unavailable',
  unsupported_endpoint: 'invalid_request',
  job_not_yet_valid: 'invalid_request',
  job_expired: 'invalid_request',
  expiry_beyond_order: 'invalid_request',
  expiry_beyond_key: 'key_config_mismatch',
  hpke_key_unknown: 'key_config_mismatch',
  suite_mismatch: 'key_config_mismatch',
  not_a_recipient: 'key_config_mismatch',
  recipients_root_mismatch: 'invalid_request',
  cap_exceeded: 'cap_exceeded',
  no_free_slot: 'unavailable',
  undecryptable: 'key_config_mismatch',
  replayed: 'already_exists',
  withdrawn: 'already_exists',
  still_running: 'already_exists',
  context_length_exceeded: 'context_length_exceeded',
  invalid_request: 'invalid_request',
  unsupported_parameter: 'unsupported_parameter',
  internal: 'internal',
};

export function marketCode(code: EnclaveErrorCode): ErrorCode {
  return marketCodes[code];
}

/**
 * What a supervisor hears: one line per change. `state` is closed; the other members belong to the state and are
 * only for display and automation (never prompts, keys or tokens).
 */
const hostStates = [
  'starting',
  'journal-opened',
  'enclave-connecting',
  'enclave-loading',
  'enclave-booted',
  'enclave-lost',
  'model-loading',
  'model-loaded',
  'enrolment-needed',
  'registering',
  'registered',
  'registration-failed',
  'gas_key_empty',
  'link-connecting',
  'linked',
  'link-lost',
  'ask-refused',
  'ready',
  'slots',
  'outlook',
  'standing',
  'lease-sold',
  'lease-refused',
  'job-started',
  'job-ended',
  'job-refused',
  'receipt-stored',
  'receipt-refused',
  'settling',
  'settled',
  'settlement-failed',
  'dashboard',
  'direct',
  'energy',
  'warning',
  'stopping',
  'stopped',
] as const;

export type HostState = (typeof hostStates)[number];
/** Where the host says what it does. */
export type Report = (state: HostState, message: string, particulars?: Record<string, unknown>) => void;

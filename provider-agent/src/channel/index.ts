export type { ChannelMessage } from './codec.ts';
export { ChannelConnection } from './connection.ts';
export { ReceiveCredit, SendCredit } from './credit.ts';
export { type BootParameters, EnclaveClient, type EnclaveEvents } from './enclave-client.ts';
export { EnclaveJob, type JobEnding } from './enclave-job.ts';
export { EnclaveError, type EnclaveErrorCode, enclaveErrorCodes } from './errors.ts';
export {
  CHANNEL_VERSION,
  type CommittedConfig,
  type Control,
  type Measurement,
  type SignedNotRun,
} from './message-schemas.ts';

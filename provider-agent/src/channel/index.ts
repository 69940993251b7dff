export { ReceiveCredit, SendCredit } from './credit.ts';
export { type BootParameters, EnclaveClient } from './enclave-client.ts';
export { EnclaveJob, type JobEnding } from './enclave-job.ts';
export type { EnclaveErrorCode } from './errors.ts';
export type { Control, OfferedModel } from './message-schemas.ts';

import type { TypedDataToPrimitiveTypes } from 'abitype';
import type { eip712Types } from './generated/eip712.ts';

// The TypeScript shape of every EIP-712 struct, inferred from the generated types: uint8..uint48 are number, wider ones bigint,
// address and bytesN lower-case 0x hex.
type Messages = TypedDataToPrimitiveTypes<typeof eip712Types>;

export type Order = Messages['Order'];
export type LeaseRequest = Messages['LeaseRequest'];
export type LeaseRelease = Messages['LeaseRelease'];
export type JobHeader = Messages['JobHeader'];
export type Authorization = Messages['Authorization'];
export type NotRun = Messages['NotRun'];
export type Settlement = Messages['Settlement'];
export type Execution = Messages['Execution'];
export type Receipt = Messages['Receipt'];
export type ClaimAuthorization = Messages['ClaimAuthorization'];
export type WithdrawAuthorization = Messages['WithdrawAuthorization'];
export type CloseAuthorization = Messages['CloseAuthorization'];
export type EnclaveKeys = Messages['EnclaveKeys'];
export type EnrolEnclave = Messages['EnrolEnclave'];
export type KeyConfig = Messages['KeyConfig'];

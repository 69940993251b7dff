import {
  type Authorization,
  type ClaimAuthorization,
  type CloseAuthorization,
  type Eip712Domain,
  type EnclaveKeys,
  type EnrolEnclave,
  type Execution,
  eip712Types,
  type JobHeader,
  type KeyConfig,
  type LeaseRelease,
  type LeaseRequest,
  type NotRun,
  type Order,
  type Receipt,
  type WithdrawAuthorization,
} from '@hearth/contracts/typed-data';
import type { Hex } from './hex.ts';
import { structHash, typedDigest } from './typed-data.ts';

/**
 * The EIP-712 digest of every struct that Hearth signs: what `…Hash` means everywhere in the protocol.
 * The market domain's contract is the settlement contract; the registry domain's is the registry.
 */
const digest =
  <Message extends object>(name: keyof typeof eip712Types) =>
  (domain: Eip712Domain, message: Message): Hex =>
    typedDigest(domain, eip712Types, name, message);

/** Market domain. */
export const hashOrder = digest<Order>('Order');
/** Market domain; this is the `requestId` of a lease request. */
export const hashLeaseRequest = digest<LeaseRequest>('LeaseRequest');
/** Market domain. */
export const hashLeaseRelease = digest<LeaseRelease>('LeaseRelease');
/** Market domain; called `hh` in the wire format. */
export const hashJobHeader = digest<JobHeader>('JobHeader');
/** Market domain. */
export const hashAuthorization = digest<Authorization>('Authorization');
/** Market domain. */
export const hashNotRun = digest<NotRun>('NotRun');
/** Market domain. */
export const hashReceipt = digest<Receipt>('Receipt');
/** Market domain. */
export const hashClaimAuthorization = digest<ClaimAuthorization>('ClaimAuthorization');
/** Market domain. */
export const hashWithdrawAuthorization = digest<WithdrawAuthorization>('WithdrawAuthorization');
/** Market domain. */
export const hashCloseAuthorization = digest<CloseAuthorization>('CloseAuthorization');
/** Registry domain; `report_data[0:32]` of the published quote. */
export const hashEnclaveKeys = digest<EnclaveKeys>('EnclaveKeys');
/** Registry domain. */
export const hashEnrolEnclave = digest<EnrolEnclave>('EnrolEnclave');
/** Registry domain. */
export const hashKeyConfig = digest<KeyConfig>('KeyConfig');

/** The one bare struct hash of the protocol: what `settle` takes instead of the whole execution. */
export function hashExecution(execution: Execution): Hex {
  return structHash(eip712Types, 'Execution', execution);
}

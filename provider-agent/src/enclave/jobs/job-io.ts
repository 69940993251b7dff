import type { Hex } from '@hearth/attestation/receipt';
import type { SignedCap } from '@hearth/sdk/protocol';
import type { Control } from '../../channel/message-schemas.ts';
import type { IssuedReceipt } from '../receipts/order-account.ts';

/** One job's line to the host, whatever carries it. */
export interface JobIo {
  /** Bytes of the sealed request; ends early when the job is cancelled. */
  readonly request: AsyncIterable<Uint8Array>;
  /** Fires when the host cancels the job or its connection is gone. */
  readonly signal: AbortSignal;
  accepted(job: Control<'jobAccepted'>): void;
  /** The answer goes on from what these enclaves delivered, as the buyer shows by their receipts. */
  continues(enclaveKeys: readonly Hex[]): void;
  /** Waits for the host to have room. @returns false when the bytes were given up because the job was cancelled. */
  write(bytes: Uint8Array): Promise<boolean>;
  /** Every receipt goes to the host in clear, so that settlement never depends on the buyer. */
  receipt(issued: IssuedReceipt, cap: SignedCap): void;
}

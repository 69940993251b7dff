import { address, bytes32, timeMs, uintNumber, uintString } from '@hearth/sdk/protocol';
import { z } from 'zod';
import type { ReceiptRecord } from '../journal/journal-record.ts';

/** One line of the earnings file: hashes, counts, money and times; never content. */
export const earningsEntry = z.discriminatedUnion('kind', [
  /** What one receipt says of its job; a later line of the same job replaces it. */
  z.strictObject({
    kind: z.literal('job'),
    atMs: timeMs,
    receiptHash: bytes32,
    jobId: bytes32,
    orderHash: bytes32,
    enclaveKey: address,
    sequence: uintString(64),
    cumulativePicoUsd: uintString(128),
    amountPicoUsd: uintString(128),
    modelDigest: bytes32,
    inputTokens: uintNumber(32),
    cachedInputTokens: uintNumber(32),
    outputTokens: uintNumber(32),
    outcome: uintNumber(8),
    acceptedAtMs: timeMs,
    finishedAtMs: timeMs,
    energyMilliJoules: uintString(64),
    energyBasis: uintNumber(8),
  }),
  /** What the chain has paid this (order, enclave) in all, before the market's fee. */
  z.strictObject({
    kind: z.literal('paid'),
    atMs: timeMs,
    orderHash: bytes32,
    enclaveKey: address,
    paidMicroUsd: uintString(96),
  }),
  /** The chain pays this (order, enclave) no more. */
  z.strictObject({ kind: z.literal('lost'), atMs: timeMs, orderHash: bytes32, enclaveKey: address }),
]);
export type EarningsEntry = z.output<typeof earningsEntry>;
export type JobEntry = Extract<EarningsEntry, { kind: 'job' }>;

export function jobEntryOf({ atMs, receiptHash, receipt: { receipt } }: ReceiptRecord): JobEntry {
  const { settlement, execution } = receipt;
  return {
    kind: 'job',
    atMs,
    receiptHash,
    jobId: execution.jobId,
    orderHash: settlement.orderHash,
    enclaveKey: settlement.enclaveKey,
    sequence: settlement.sequence,
    cumulativePicoUsd: settlement.cumulativePicoUsd,
    amountPicoUsd: execution.amountPicoUsd,
    modelDigest: execution.modelDigest,
    inputTokens: execution.inputTokens,
    cachedInputTokens: execution.cachedInputTokens,
    outputTokens: execution.outputTokens,
    outcome: execution.outcome,
    acceptedAtMs: Number(execution.acceptedAtMs),
    finishedAtMs: Number(execution.finishedAtMs),
    energyMilliJoules: execution.energyMilliJoules,
    energyBasis: execution.energyBasis,
  };
}

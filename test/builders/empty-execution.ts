import type { Hex } from '@hearth/attestation/receipt';
import type { Execution } from '@hearth/contracts';

const zero: Hex = `0x${'00'.repeat(32)}`;

/** The execution part of a receipt where only its hash counts, as it does for `settle`. */
export const emptyExecution: Execution = {
  jobId: zero,
  leaseId: zero,
  jobHeaderHash: zero,
  policyHash: zero,
  tier: 0,
  teeType: 2,
  measurementHash: zero,
  evidenceHash: zero,
  modelDigest: zero,
  paramsCommit: zero,
  promptCommit: zero,
  outputCommit: zero,
  requestCiphertextHash: zero,
  responseCiphertextHash: zero,
  inputTokens: 0,
  cachedInputTokens: 0,
  outputTokens: 0,
  outcome: 1,
  priceInput: 0n,
  priceCachedInput: 0n,
  priceOutput: 0n,
  amountPicoUsd: 0n,
  jobPriorPicoUsd: 0n,
  acceptedAtMs: 0n,
  firstTokenAtMs: 0n,
  finishedAtMs: 0n,
  energyMilliJoules: 0n,
  energyBasis: 0,
  regionCode: '0x0000000000000000',
  enclaveSequence: 1n,
  previousReceiptHash: zero,
  attempt: 0,
  previousJobId: zero,
};

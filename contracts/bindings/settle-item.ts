import type { Hex } from 'viem';
import type { Settlement } from './messages.ts';

/** The outcomes of one item of `settle`, in the order of the Solidity enum ItemStatus. */
export const itemStatuses = [
  'settled',
  'nothing-new',
  'order-not-open',
  'order-not-in-force',
  'enclave-unknown',
  'enclave-blocked',
  'provider-wrong',
  'tier-too-low',
  'receipt-outdated',
  'enclave-signature-invalid',
  'session-signature-invalid',
] as const;

export type ItemStatus = (typeof itemStatuses)[number];

export interface SettlementClaim {
  readonly settlement: Settlement;
  /** Bare EIP-712 struct hash of the receipt's execution. */
  readonly executionHash: Hex;
  /** 65 bytes, v in {27, 28}. */
  readonly enclaveSignature: Hex;
  /** The highest cap that the session key has signed for the pair, and the job header it was signed with. */
  readonly cumulativeCapPicoUsd: bigint;
  readonly jobHeaderHash: Hex;
  /** 65 bytes, v in {27, 28}. */
  readonly sessionSignature: Hex;
}

/** One argument of `settle`, as the ABI wants it. */
export interface SettleItem {
  readonly settlement: Settlement;
  readonly executionHash: Hex;
  readonly enclaveR: Hex;
  readonly enclaveVs: Hex;
  readonly cumulativeCapPicoUsd: bigint;
  readonly jobHeaderHash: Hex;
  readonly sessionR: Hex;
  readonly sessionVs: Hex;
}

/** Packs both signatures as ERC-2098 (v moves into the top bit of s): a fully static item is a fifth less calldata. */
export function toSettleItem(claim: SettlementClaim): SettleItem {
  const [enclaveR, enclaveVs] = toCompactSignature(claim.enclaveSignature);
  const [sessionR, sessionVs] = toCompactSignature(claim.sessionSignature);
  const { settlement, executionHash, cumulativeCapPicoUsd, jobHeaderHash } = claim;
  return {
    settlement,
    executionHash,
    enclaveR,
    enclaveVs,
    cumulativeCapPicoUsd,
    jobHeaderHash,
    sessionR,
    sessionVs,
  };
}

function toCompactSignature(signature: Hex): [r: Hex, vs: Hex] {
  const s = BigInt(`0x${signature.slice(66, 130)}`);
  const v = Number.parseInt(signature.slice(130), 16);
  if (signature.length !== 132 || (v !== 27 && v !== 28) || s >> 255n !== 0n)
    throw new Error(`signature: expected 65 bytes with low s and v 27 or 28, got ${signature}`);
  const vs = s | (BigInt(v - 27) << 255n);
  return [`0x${signature.slice(2, 66)}`, `0x${vs.toString(16).padStart(64, '0')}`];
}

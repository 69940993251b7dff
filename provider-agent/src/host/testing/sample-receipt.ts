import type { Hex } from '@hearth/attestation/receipt';
import type { Receipt } from '@hearth/contracts/typed-data';
import { eip712Types } from '@hearth/contracts/typed-data';
import type { ReceiptRecord } from '../journal/journal-record.ts';

export const hash = (byte: string): Hex => `0x${byte.repeat(32)}`;
export const account = (byte: string): Hex => `0x${byte.repeat(20)}`;

/** Every member zero: tests set what they are about. */
function zeros(name: keyof typeof eip712Types): Record<string, unknown> {
  return Object.fromEntries(
    eip712Types[name].map(({ name: member, type }) => {
      if (type in eip712Types) return [member, zeros(type as keyof typeof eip712Types)];
      if (type === 'address') return [member, account('00')];
      if (type.startsWith('bytes')) return [member, `0x${'00'.repeat(Number(type.slice(5)))}`];
      return [member, Number(type.slice(4)) <= 48 ? 0 : 0n];
    }),
  );
}

export type SampleReceipt = {
  readonly order?: string;
  readonly enclave?: string;
  readonly sequence?: number;
  readonly cumulativePicoUsd?: bigint;
  readonly capPicoUsd?: bigint;
  readonly atMs?: number;
  readonly hasLeaf?: boolean;
};

/** A journaled receipt; nothing in it is signed. */
export function sampleReceipt(sample: SampleReceipt = {}): ReceiptRecord {
  const { order = '01', enclave = '0e', sequence = 1, cumulativePicoUsd = 5_000_000n, atMs = 0 } = sample;
  const receipt = zeros('Receipt') as unknown as Receipt;
  const settlement = {
    ...receipt.settlement,
    orderHash: hash(order),
    enclaveKey: account(enclave),
    provider: account('99'),
    sequence: BigInt(sequence),
    cumulativePicoUsd,
  };
  const receiptHash: Hex = `0x${order}${enclave}${sequence.toString(16).padStart(60, '0')}`;
  const signature: Hex = `0x${'11'.repeat(64)}1b`;
  const leaf = {
    v: 1 as const,
    receiptHash,
    leaseId: hash('1e'),
    poolId: hash('90'),
    provider: account('99'),
    nodeKey: hash('4e'),
    effectiveAsk: 1,
    outcome: 1,
    billedTokens: 1,
  };
  return {
    kind: 'receipt',
    atMs,
    receiptHash,
    receipt: { receipt: { ...receipt, settlement }, signature },
    cap: {
      cumulativeCapPicoUsd: sample.capPicoUsd ?? 1_000_000_000n,
      jobHeaderHash: hash('aa'),
      sessionSignature: signature,
    },
    leaf: sample.hasLeaf === false ? null : { body: leaf, signature: `0x${'22'.repeat(64)}` },
  };
}

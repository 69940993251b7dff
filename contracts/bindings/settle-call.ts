import type { Hex, Log } from 'viem';
import { parseEventLogs } from 'viem';
import { hearthSettlementAbi } from './generated/hearth-settlement.ts';
import type { Settlement } from './messages.ts';

/** The outcomes of one claim of `settle`, in the order of the Solidity enum ItemStatus. */
export const itemStatuses = [
  'settled',
  'nothing-new',
  'order-not-open',
  'order-not-in-force',
  'enclave-unknown',
  'enclave-blocked',
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

interface PairClaim {
  readonly head: bigint;
  readonly totals: bigint;
  readonly priorReceiptsRoot: Hex;
  readonly executionHash: Hex;
  readonly enclaveR: Hex;
  readonly enclaveVs: Hex;
  readonly jobHeaderHash: Hex;
  readonly sessionR: Hex;
  readonly sessionVs: Hex;
}

export interface SettleCall {
  /** The arguments of `settle`: claims grouped by order, enclaves named once. */
  readonly args: readonly [
    enclaveKeys: readonly Hex[],
    orders: readonly { readonly orderHash: Hex; readonly claims: readonly PairClaim[] }[],
  ];
  /** What `settle` returned, one status for each claim in the order in which the claims were given. */
  statusesOf(returned: readonly number[]): ItemStatus[];
}

/** Groups claims as `settle` wants them. The order of claims of one pair is kept. */
export function toSettleCall(claims: readonly SettlementClaim[]): SettleCall {
  const enclaveKeys = [
    ...new Set(claims.map(({ settlement }) => settlement.enclaveKey.toLowerCase() as Hex)),
  ];
  const groups = [...Map.groupBy(claims.keys(), (index) => orderHashOf(claims, index))];
  const places = groups.flatMap(([, indexes]) => indexes);
  return {
    args: [
      enclaveKeys,
      groups.map(([orderHash, indexes]) => ({
        orderHash,
        claims: indexes.map((index) => toPairClaim(claims[index] as SettlementClaim, enclaveKeys)),
      })),
    ],
    statusesOf: (returned) =>
      claims.map(
        (_, index) => itemStatuses[returned[places.indexOf(index)] ?? -1] ?? unknownStatus(returned),
      ),
  };
}

function orderHashOf(claims: readonly SettlementClaim[], index: number): Hex {
  return (claims[index] as SettlementClaim).settlement.orderHash.toLowerCase() as Hex;
}

function unknownStatus(returned: readonly number[]): never {
  throw new Error(`settle: expected one known status for each claim, got ${returned.join(', ')}`);
}

/** Packs both signatures as ERC-2098 (v moves into the top bit of s). */
function toPairClaim(claim: SettlementClaim, enclaveKeys: readonly Hex[]): PairClaim {
  const { settlement, executionHash, cumulativeCapPicoUsd, jobHeaderHash } = claim;
  const [enclaveR, enclaveVs] = toCompactSignature(claim.enclaveSignature);
  const [sessionR, sessionVs] = toCompactSignature(claim.sessionSignature);
  const enclaveIndex = enclaveKeys.indexOf(settlement.enclaveKey.toLowerCase() as Hex);
  return {
    head: (BigInt(enclaveIndex) << 64n) | settlement.sequence,
    totals: (cumulativeCapPicoUsd << 128n) | settlement.cumulativePicoUsd,
    priorReceiptsRoot: settlement.priorReceiptsRoot,
    executionHash,
    enclaveR,
    enclaveVs,
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

/** One pair that a `Settled` event says was paid. */
export interface PairPayment {
  /** Lower case. */
  readonly enclaveKey: Hex;
  /** Of the pair, in all. */
  readonly paidMicroUsd: bigint;
  /** Up to which receipt. */
  readonly sequence: bigint;
  /** Of this settlement: to the provider and to the operator, together what the order paid. */
  readonly creditMicroUsd: bigint;
  readonly feeMicroUsd: bigint;
}

/** Unpacks a `Settled` event's list; see `PairPayments.sol`. */
export function unpackPayments(payments: readonly bigint[]): PairPayment[] {
  if (payments.length % 2 !== 0)
    throw new Error(`Settled: expected two words for each pair, got ${payments.length} words`);
  return Array.from({ length: payments.length / 2 }, (_, pair) => {
    const [first = 0n, second = 0n] = payments.slice(2 * pair, 2 * pair + 2);
    return {
      enclaveKey: `0x${BigInt.asUintN(160, first).toString(16).padStart(40, '0')}`,
      paidMicroUsd: first >> 160n,
      sequence: BigInt.asUintN(64, second),
      creditMicroUsd: BigInt.asUintN(96, second >> 64n),
      feeMicroUsd: second >> 160n,
    } as const;
  });
}

/** Every payment in the `Settled` events among these logs; the caller has chosen logs of one settlement contract. */
export function paymentsIn(logs: readonly Log[]): (PairPayment & { readonly orderHash: Hex })[] {
  return parseEventLogs({ abi: hearthSettlementAbi, eventName: 'Settled', logs: [...logs] }).flatMap(
    ({ args }) =>
      unpackPayments(args.payments).map((payment) => ({
        orderHash: args.orderHash.toLowerCase() as Hex,
        ...payment,
      })),
  );
}

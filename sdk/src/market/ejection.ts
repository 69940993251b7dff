import type { Hex } from '@hearth/attestation/receipt';
import type { Ejection } from '../protocol/market-record.ts';

/** An outlier lost at least this many jobs of a period, and at least every second one. */
const LEAST_MISSED = 3;
const FIRST_MS = 10 * 60_000;
const LONGEST_MS = 24 * 3_600_000;
/** A pool is never ejected down to fewer owners. */
const OWNERS_LEFT = 3;

/** What one node did in the period, and where it stands. */
export interface NodePeriod {
  readonly nodeKey: Hex;
  readonly provider: Hex;
  readonly done: number;
  /** Jobs without a final receipt. */
  readonly unreceipted: number;
  /** Slots sold and taken back without a declared pause. */
  readonly aborted: number;
  /** Pools with a standing ask of it. */
  readonly pools: readonly Hex[];
  /** Ejections of it in the last 24 h: each doubles the next. */
  readonly earlier: number;
}

/** A node with a standing ask in a pool, not ejected. */
export interface PoolMember {
  readonly nodeKey: Hex;
  readonly provider: Hex;
}

/**
 * Who is out, worst first. A pool keeps at least three owners, however bad: a market that ejects its way to a monopoly
 * serves worse than one with bad nodes at the end of its merit order.
 */
export function ejectionsOf(
  nodes: readonly NodePeriod[],
  membersOf: (poolId: Hex) => readonly PoolMember[],
  atMs: number,
): Ejection[] {
  const out = new Set<Hex>();
  const ownersLeft = (poolId: Hex) =>
    new Set(membersOf(poolId).flatMap(({ nodeKey, provider }) => (out.has(nodeKey) ? [] : [provider]))).size;
  return nodes
    .filter(isOutlier)
    .sort((a, b) => missed(b) - missed(a) || (a.nodeKey < b.nodeKey ? -1 : 1))
    .flatMap((node): Ejection[] => {
      out.add(node.nodeKey);
      if (node.pools.some((poolId) => ownersLeft(poolId) < OWNERS_LEFT)) {
        out.delete(node.nodeKey);
        return [];
      }
      const reason = node.unreceipted >= node.aborted ? 'no_receipt' : 'aborted';
      const trials = node.done + missed(node);
      return [
        { v: 1, nodeKey: node.nodeKey, reason, missed: missed(node), trials, untilMs: atMs + lengthMs(node) },
      ];
    });
}

const missed = ({ unreceipted, aborted }: NodePeriod): number => unreceipted + aborted;

const isOutlier = (node: NodePeriod): boolean =>
  missed(node) >= LEAST_MISSED && 2 * missed(node) >= missed(node) + node.done;

const lengthMs = ({ earlier }: NodePeriod): number =>
  Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(earlier, 10));

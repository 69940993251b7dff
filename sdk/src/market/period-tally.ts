import type { Hex } from '@hearth/attestation/receipt';
import type { LogEntry } from '../protocol/log.ts';
import type { PriceWindow } from '../protocol/market-record.ts';
import { endingOf } from './receipt-ending.ts';

/** What one node did between two tables. */
export interface NodeTally {
  done: number;
  /** Jobs without a final receipt, and receipts that say that the provider failed. */
  unreceipted: number;
  aborted: number;
  accepts: number;
  refusals: number;
  maxUsed: number;
}

export interface PoolTally {
  receipts: number;
  tokens: number;
  readonly windows: PriceWindow[];
  /** Tokens by node that was billed for them. */
  readonly sellers: Map<Hex, number>;
}

/** The log's leaves of one period, counted. */
export class PeriodTally {
  readonly nodes = new Map<Hex, NodeTally>();
  readonly pools = new Map<Hex, PoolTally>();
  private readonly sellerOf: (askId: Hex) => Hex | undefined;
  private readonly abortedLeases = new Set<Hex>();
  private readonly missedJobs = new Set<Hex>();

  /** @param sellerOf the node behind an ask, for clearings of asks that the period did not log */
  constructor(sellerOf: (askId: Hex) => Hex | undefined) {
    this.sellerOf = sellerOf;
  }

  /** Takes the next leaf of the period; most kinds count for nothing. */
  add(entry: LogEntry): void {
    switch (entry.kind) {
      case 'receipt':
        return this.addReceipt(entry.message.body);
      case 'window':
        this.pool(entry.window.poolId).windows.push(entry.window);
        return;
      case 'clearing': {
        const seller = this.sellerOf(entry.clearing.winner.askId);
        if (seller !== undefined) this.node(seller).accepts += 1;
        return;
      }
      case 'reject':
        // Only "no slot free" speaks against the counter; the other reasons are a node's good right.
        if (entry.message.body.reason === 'slots_full') this.node(entry.message.body.nodeKey).refusals += 1;
        return;
      case 'slot-counter': {
        const node = this.node(entry.message.body.nodeKey);
        node.maxUsed = Math.max(node.maxUsed, entry.message.body.used);
        return;
      }
      case 'abort':
        return this.addAbort(entry.message.body);
      case 'miss':
        return this.addMiss(entry.miss);
      case 'ask':
      case 'price-card':
      case 'quality':
      case 'ejection':
        return;
    }
  }

  private addReceipt(leaf: Extract<LogEntry, { kind: 'receipt' }>['message']['body']): void {
    const ending = endingOf(leaf.outcome);
    if (ending === 'open') return;
    const node = this.node(leaf.nodeKey);
    if (ending === 'failed') {
      node.unreceipted += 1;
      return;
    }
    node.done += 1;
    const pool = this.pool(leaf.poolId);
    pool.receipts += 1;
    pool.tokens += leaf.billedTokens;
    pool.sellers.set(leaf.nodeKey, (pool.sellers.get(leaf.nodeKey) ?? 0) + leaf.billedTokens);
  }

  /** A node that drains said so, and its pause is no fault. */
  private addAbort({
    leaseId,
    nodeKey,
    reason,
  }: Extract<LogEntry, { kind: 'abort' }>['message']['body']): void {
    if (reason !== 'enclave_lost' || this.abortedLeases.has(leaseId)) return;
    this.abortedLeases.add(leaseId);
    this.node(nodeKey).aborted += 1;
  }

  /** One lost job is one fault, whoever saw it: a second gateway, or the node itself in an abort. */
  private addMiss({ accept, jobHeader }: Extract<LogEntry, { kind: 'miss' }>['miss']): void {
    const { leaseId, nodeKey } = accept.body;
    if (this.abortedLeases.has(leaseId) || this.missedJobs.has(jobHeader.jobId)) return;
    this.missedJobs.add(jobHeader.jobId);
    this.node(nodeKey).unreceipted += 1;
  }

  private node(nodeKey: Hex): NodeTally {
    const known = this.nodes.get(nodeKey) ?? {
      done: 0,
      unreceipted: 0,
      aborted: 0,
      accepts: 0,
      refusals: 0,
      maxUsed: 0,
    };
    this.nodes.set(nodeKey, known);
    return known;
  }

  private pool(poolId: Hex): PoolTally {
    const known = this.pools.get(poolId) ?? { receipts: 0, tokens: 0, windows: [], sellers: new Map() };
    this.pools.set(poolId, known);
    return known;
  }
}

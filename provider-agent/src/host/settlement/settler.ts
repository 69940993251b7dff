import { type Hex, hashExecution } from '@hearth/attestation/receipt';
import type { ItemStatus, SettlementClaim } from '@hearth/contracts';
import type { MarketChain, MarketTransactions } from '../chain/market-chain.ts';
import { firstLine } from '../chain/rpc.ts';
import type { Report } from '../host-events.ts';
import type { JournalRecord } from '../journal/journal-record.ts';
import {
  type JournalState,
  type Pair,
  type PairId,
  pairId,
  unpaidMicroUsd,
} from '../journal/journal-state.ts';
import type { Clock } from '../ports.ts';
import { planSettlement, type SettlementLimits } from './plan-settlement.ts';

export type SettlerContext = {
  readonly state: JournalState;
  readonly chain: Pick<MarketChain, 'paidMicroUsd'>;
  readonly transactions: Pick<MarketTransactions, 'judge' | 'settle' | 'gasBalanceWei' | 'gasAddress'>;
  readonly limits: SettlementLimits;
  readonly clock: Clock;
  unlinkedSinceMs(): number | undefined;
  append(record: JournalRecord): Promise<void>;
  readonly report: Report;
};

/** What was sent is not sent again before the safe block has had time to show it. */
const SAFE_BLOCK_MS = 120_000;
/** Statuses that no later block turns into money, once the safe block says so. */
const FINAL: readonly ItemStatus[] = [
  'nothing-new',
  'order-not-open',
  'order-not-in-force',
  'receipt-outdated',
];

/** Settles over RPC alone when the gateway does not. The contract makes it idempotent with whoever else settles. */
export class Settler {
  readonly #context: SettlerContext;
  readonly #heldBack = new Map<PairId, { readonly sequence: bigint; readonly untilMs: number }>();

  constructor(context: SettlerContext) {
    this.#context = context;
  }

  /** One round. Never throws: what could not be settled is reported and tried in a later round. */
  async settleDue(): Promise<void> {
    try {
      await this.#round();
    } catch (error) {
      this.#context.report('settlement-failed', `settlement: ${firstLine(error)}; it is tried again`, {
        cause: firstLine(error),
      });
    }
  }

  async #round(): Promise<void> {
    const { state, limits, clock, report } = this.#context;
    const situation = { nowMs: clock.nowMs(), unlinkedSinceMs: this.#context.unlinkedSinceMs() };
    const due = planSettlement(this.#notHeldBack(state.pairs), limits, situation);
    if (!due) return;
    for (const pair of due.pairs) await this.#readPaid(pair);
    const unpaid = due.pairs.filter((pair) => unpaidMicroUsd(pair) > 0n);
    if (unpaid.length === 0) return;
    const statuses = await this.#context.transactions.judge(unpaid.map(claimOf), 'latest');
    const payable = unpaid.filter((_, i) => statuses[i] === 'settled');
    await this.#writeOff(unpaid.filter((_, i) => statuses[i] !== 'settled'));
    if (payable.length === 0 || !(await this.#canPayGas())) return;
    const particulars = { reason: due.reason, items: payable.length, microUsd: sum(payable).toString() };
    report('settling', `settling ${payable.length} (order, enclave) over RPC: ${due.reason}`, particulars);
    this.#holdBack(payable);
    const { txHash } = await this.#context.transactions.settle(payable.map(claimOf));
    report('settled', `settled by this node in ${txHash}`, { ...particulars, txHash });
  }

  async #readPaid({ orderHash, enclaveKey, paidMicroUsd: known }: Pair): Promise<void> {
    const paidMicroUsd = await this.#context.chain.paidMicroUsd(orderHash, enclaveKey);
    if (paidMicroUsd > known)
      await this.#context.append({ kind: 'paid', orderHash, enclaveKey, paidMicroUsd });
  }

  /** Decided at the safe block, because nothing brings a written-off claim back but a newer receipt. */
  async #writeOff(pairs: readonly Pair[]): Promise<void> {
    if (pairs.length === 0) return;
    const statuses = await this.#context.transactions.judge(pairs.map(claimOf), 'safe');
    for (const [i, pair] of pairs.entries()) {
      const status = statuses[i] as ItemStatus;
      const { orderHash, enclaveKey } = pair;
      const lostMicroUsd = unpaidMicroUsd(pair);
      const particulars = { orderHash, enclaveKey, status, cause: status, microUsd: lostMicroUsd.toString() };
      if (FINAL.includes(status)) {
        await this.#context.append({ kind: 'written-off', orderHash, enclaveKey, lostMicroUsd });
        this.#context.report(
          'settlement-failed',
          `the chain pays no more for order ${orderHash}: ${status}`,
          particulars,
        );
      } else if (status !== 'settled') {
        this.#holdBack([pair]);
        this.#context.report(
          'settlement-failed',
          `order ${orderHash} cannot settle now: ${status}`,
          particulars,
        );
      }
    }
  }

  async #canPayGas(): Promise<boolean> {
    const { transactions, report } = this.#context;
    if ((await transactions.gasBalanceWei()) > 0n) return true;
    report(
      'gas_key_empty',
      `send a little ether to ${transactions.gasAddress}: earnings cannot be settled without gas`,
      {
        address: transactions.gasAddress,
      },
    );
    return false;
  }

  #holdBack(pairs: readonly Pair[]): void {
    const untilMs = this.#context.clock.nowMs() + SAFE_BLOCK_MS;
    for (const pair of pairs)
      this.#heldBack.set(pairId(pair.orderHash, pair.enclaveKey), { sequence: sequenceOf(pair), untilMs });
  }

  /** A newer receipt is a new claim: only the very one that was tried is held back. */
  #notHeldBack(pairs: ReadonlyMap<PairId, Pair>): Pair[] {
    const nowMs = this.#context.clock.nowMs();
    for (const [id, { untilMs }] of this.#heldBack) if (untilMs <= nowMs) this.#heldBack.delete(id);
    return [...pairs].flatMap(([id, pair]) =>
      this.#heldBack.get(id)?.sequence === sequenceOf(pair) ? [] : [pair],
    );
  }
}

const sequenceOf = ({ newest }: Pair): bigint => newest.receipt.receipt.settlement.sequence;

function claimOf({ newest, highestCap }: Pair): SettlementClaim {
  const { receipt, signature } = newest.receipt;
  return {
    settlement: receipt.settlement,
    executionHash: hashExecution(receipt.execution) as Hex,
    enclaveSignature: signature,
    ...highestCap,
  };
}

const sum = (pairs: readonly Pair[]) => pairs.reduce((total, pair) => total + unpaidMicroUsd(pair), 0n);

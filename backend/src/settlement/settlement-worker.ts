import type { Hex } from '@hearth/attestation/receipt';
import { Injectable } from '@nestjs/common';
import type { TransactionReceipt } from 'viem';
import { ChainFacts } from '../indexer/chain-facts.ts';
import { ChainIndexer } from '../indexer/chain-indexer.ts';
import { ChainClient } from '../platform/chain-client.ts';
import { Clock } from '../platform/clock.ts';
import { Config } from '../platform/config.ts';
import { StructuredLog } from '../platform/structured-log.ts';
import { Transactions } from '../platform/transactions.ts';
import { Equivocations } from './equivocations.ts';
import { type Coverage, outcomeOfRefusal, statusInLogs } from './item-outcome.ts';
import { LogAnchors } from './log-anchors.ts';
import { OperatorWallet } from './operator-wallet.ts';
import { type Intent, SettlementStore, type UnfinishedTx } from './settlement-store.ts';

/** Items per transaction: 100 × about 22 k gas stays far below any block limit. */
const maxItems = 100;
const retryDelayMs = 60_000;

interface Call {
  /** The settlement contract where nothing else is said. */
  readonly to?: Hex;
  readonly input: Hex;
  readonly intents: readonly Intent[];
}

/**
 * Moves the outbox to the chain, one transaction of the operator at a time. Postgres is the truth: each method
 * starts from rows and may be cut short anywhere; the next run of `confirm` finds out what the chain knows.
 */
@Injectable()
export class SettlementWorker {
  constructor(
    private readonly store: SettlementStore,
    private readonly equivocations: Equivocations,
    private readonly anchors: LogAnchors,
    private readonly wallet: OperatorWallet,
    private readonly chain: ChainClient,
    private readonly facts: ChainFacts,
    private readonly indexer: ChainIndexer,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly config: Config,
    private readonly log: StructuredLog,
  ) {}

  /** One round: finish what is under way, then sign, store and send what is due. */
  async run(): Promise<void> {
    const wereUnderWay = await this.confirm();
    const signed = wereUnderWay ? await this.prepare() : await this.signNext();
    if (signed === undefined) return;
    await this.wallet.broadcast(signed.raw);
    await this.confirm();
  }

  /** Signs the next call and stores it, bytes and nonce, before anybody can have seen it. */
  async prepare(): Promise<UnfinishedTx | undefined> {
    if ((await this.store.unfinished()).some(({ state }) => state === 'signed')) return undefined;
    return this.signNext();
  }

  private async signNext(): Promise<UnfinishedTx | undefined> {
    const call = (await this.settleCall()) ?? (await this.reportCall()) ?? (await this.anchorCall());
    if (call === undefined) return undefined;
    const signed = await this.wallet.sign(call.to ?? this.config.settlement, call.input);
    const id = await this.transactions.run((tx) =>
      this.store.bind(tx, signed, call.intents, this.clock.nowMs()),
    );
    return id === undefined ? undefined : { ...signed, id, state: 'signed' };
  }

  /**
   * Finds out what became of every unfinished transaction; sends those again that the chain does not know.
   * @returns whether there was one
   */
  async confirm(): Promise<boolean> {
    const unfinished = await this.store.unfinished();
    for (const tx of unfinished) {
      const minedNonce = await this.wallet.minedNonce(); // before the receipt: a transaction mined in between is seen by both
      const receipt = await this.wallet.receipt(tx.hash);
      if (receipt !== undefined) await this.finish(tx, receipt);
      else if (minedNonce > tx.nonce) await this.drop(tx);
      else await this.rebroadcast(tx);
    }
    return unfinished.length > 0;
  }

  private async settleCall(): Promise<Call | undefined> {
    const due = await this.store.due(this.clock.nowMs(), maxItems);
    const intents = due.length === 0 ? [] : await this.payable(due);
    if (intents.length === 0) return undefined;
    return { input: this.wallet.settleInput(intents.map(({ claim }) => claim)), intents };
  }

  /** Proof of an equivocation that the chain has not seen yet. */
  private async reportCall(): Promise<Call | undefined> {
    if ((await this.equivocations.nextReport()) === undefined) return undefined;
    await this.indexer.refresh(); // it may have been reported a moment ago, by us or by anybody
    const input = await this.equivocations.nextReport();
    return input && { input, intents: [] };
  }

  /** The log's newest root, once in a while; money goes first. */
  private async anchorCall(): Promise<Call | undefined> {
    const call = await this.anchors.next();
    return call && { ...call, intents: [] };
  }

  /** Asks the contract what it would pay; what it would refuse ends here and costs no gas. */
  private async payable(due: readonly Intent[]): Promise<Intent[]> {
    const statuses = await this.wallet.simulateSettle(due.map(({ claim }) => claim));
    const payable: Intent[] = [];
    for (const [index, intent] of due.entries()) {
      const status = statuses[index];
      if (status === 'settled') payable.push(intent);
      else if (status !== undefined) await this.refuse(intent, status);
    }
    return payable;
  }

  private async finish(tx: UnfinishedTx, receipt: TransactionReceipt): Promise<void> {
    if (receipt.blockNumber > (await this.chain.safe()).number) return this.store.markTx(tx.id, 'mined');
    if (receipt.status === 'reverted') return this.retryLater(tx);
    const intents = await this.store.ofTx(tx.id);
    for (const intent of intents) {
      const status = statusInLogs(receipt.logs, intent.claim.settlement);
      if (status === 'settled') await this.store.finishIntent(intent.receiptHash, 'settled');
      else if (status !== undefined) await this.refuse(intent, status);
    }
    await this.store.markTx(tx.id, 'final');
    this.log.event('info', 'settlement.final', {
      hash: tx.hash,
      items: intents.length,
      gas: receipt.gasUsed,
    });
  }

  /** Ends an intent that the contract pays nothing for; one whose settlement by somebody else isn't safe yet stays as it is. */
  private async refuse(intent: Intent, status: Parameters<typeof outcomeOfRefusal>[0]): Promise<void> {
    const outcome = outcomeOfRefusal(status, await this.coverage(intent));
    if (outcome === undefined) return;
    await this.store.finishIntent(intent.receiptHash, outcome.state, outcome.detail);
    this.log.event('info', 'settlement.nothing-to-pay', {
      receiptHash: intent.receiptHash,
      state: outcome.state,
      status,
    });
  }

  private async coverage({ claim: { settlement } }: Intent): Promise<Coverage> {
    const { orderHash, enclaveKey, sequence } = settlement;
    if ((await this.wallet.settledSequence(orderHash, enclaveKey)) < sequence) return 'none';
    await this.indexer.refresh();
    return (await this.facts.settlementCovering(orderHash, enclaveKey, sequence)) === undefined
      ? 'newest'
      : 'safe';
  }

  /** Our calls revert for want of gas only; nothing moved. */
  private async retryLater(tx: UnfinishedTx): Promise<void> {
    await this.transactions.run(async (db) => {
      await this.store.requeue(tx.id, this.clock.nowMs() + retryDelayMs, db);
      await this.store.markTx(tx.id, 'final', db);
    });
    this.log.event('warn', 'settlement.reverted', { hash: tx.hash });
  }

  private async drop(tx: UnfinishedTx): Promise<void> {
    await this.transactions.run(async (db) => {
      await this.store.requeue(tx.id, this.clock.nowMs(), db);
      await this.store.markTx(tx.id, 'dropped', db);
    });
    this.log.event('warn', 'settlement.nonce-taken', { hash: tx.hash, nonce: tx.nonce });
  }

  private async rebroadcast(tx: UnfinishedTx): Promise<void> {
    await this.wallet.broadcast(tx.raw).catch((error: unknown) =>
      // "already known" and its kin; if it is worse, the receipt stays away and the alarm on the row's age rings
      this.log.event('debug', 'settlement.rebroadcast-refused', {
        hash: tx.hash,
        error: (error as Error).message.slice(0, 200),
      }),
    );
  }
}

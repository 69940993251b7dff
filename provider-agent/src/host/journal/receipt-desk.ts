import type { Execution } from '@hearth/contracts';
import { type Ed25519Key, receiptLeaf, signMessage } from '@hearth/sdk/protocol';
import type { Control } from '../../channel/index.ts';
import type { Clock } from '../ports.ts';
import type { JournalRecord, ReceiptRecord } from './journal-record.ts';
import type { JournalState } from './journal-state.ts';

export type ReceiptDeskContext = {
  readonly nodeKey: Ed25519Key;
  readonly state: JournalState;
  readonly clock: Clock;
  append(record: JournalRecord): Promise<void>;
};

/** Takes receipts from the enclave into the journal. Nobody outside hears of a receipt before the disk has it. */
export class ReceiptDesk {
  readonly #context: ReceiptDeskContext;

  constructor(context: ReceiptDeskContext) {
    this.#context = context;
  }

  /** @returns whether it was new. @throws AgentError `journal_failed`: the node must then stop taking jobs */
  async take({ receipt, signature, receiptHash, cap, resent }: Control<'receipt'>): Promise<boolean> {
    const { orderHash, enclaveKey, sequence } = receipt.settlement;
    if (resent && this.#context.state.covers(receiptHash, orderHash, enclaveKey, sequence)) return false;
    const leaf = this.#leafOf(receiptHash, receipt.execution, receipt.settlement.provider);
    const atMs = this.#context.clock.nowMs();
    await this.#context.append({
      kind: 'receipt',
      atMs,
      receiptHash,
      receipt: { receipt, signature },
      cap,
      leaf,
    });
    return true;
  }

  /** What the public log will say of it; null for a lease that is in no journal, which the log could not explain. */
  #leafOf(
    receiptHash: ReceiptRecord['receiptHash'],
    execution: Execution,
    provider: ReceiptRecord['receiptHash'],
  ): ReceiptRecord['leaf'] {
    const { nodeKey, state } = this.#context;
    const lease = state.leases.get(execution.leaseId)?.lease.body;
    if (!lease) return null;
    return signMessage(
      receiptLeaf,
      {
        v: 1 as const,
        receiptHash,
        leaseId: execution.leaseId,
        poolId: lease.poolId,
        provider,
        nodeKey: nodeKey.publicKey,
        effectiveAsk: lease.effectiveAsk,
        outcome: execution.outcome,
        billedTokens: execution.inputTokens + execution.outputTokens,
      },
      nodeKey,
    );
  }
}

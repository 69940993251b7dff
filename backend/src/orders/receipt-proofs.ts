import type { Hex } from '@hearth/attestation/receipt';
import { HearthError, type ProvenEntry, type ReceiptProof } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { LeaseStore, type StoredLease } from '../auction/lease-store.ts';
import { ChainFacts } from '../indexer/chain-facts.ts';
import type { SignedCheckpoint } from '../log/checkpoints.ts';
import { LogProofs } from '../log/log-proofs.ts';
import { Witnesses } from '../log/witnesses.ts';
import { Receipts, type StoredReceipt } from '../settlement/receipts.ts';

/** Composes everything public that proves one receipt. */
@Injectable()
export class ReceiptProofs {
  constructor(
    private readonly receipts: Receipts,
    private readonly leases: LeaseStore,
    private readonly witnesses: Witnesses,
    private readonly proofs: LogProofs,
    private readonly facts: ChainFacts,
  ) {}

  /** @throws HearthError `not_found` */
  async of(receiptHash: Hex): Promise<ReceiptProof> {
    const stored = await this.receipts.find(receiptHash);
    if (stored === undefined) throw new HearthError('not_found', `receipt ${receiptHash}: not stored here`);
    const { settlement, execution } = stored.signed.receipt;
    const [settled, lease] = await Promise.all([
      this.facts.settlementCovering(settlement.orderHash, settlement.enclaveKey, settlement.sequence),
      this.leases.find(execution.leaseId),
    ]);
    const checkpoint = await this.checkpointOver(stored, lease);
    return {
      receipt: stored.signed,
      log: checkpoint && (await this.logPart(stored, checkpoint)),
      auction: checkpoint && lease ? await this.auctionPart(lease, checkpoint.checkpoint.treeSize) : null,
      settlement: settled
        ? {
            txHash: settled.txHash,
            blockNumber: settled.blockNumber,
            creditMicroUsd: settled.creditMicroUsd,
            feeMicroUsd: settled.feeMicroUsd,
          }
        : null,
    };
  }

  /** A witnessed checkpoint over both leaves; null while the node has sent no leaf about the receipt. */
  private async checkpointOver(
    { logIndex }: StoredReceipt,
    lease: StoredLease | undefined,
  ): Promise<SignedCheckpoint | null> {
    if (logIndex === undefined) return null;
    return this.witnesses.covering(Math.max(logIndex, lease?.clearingIndex ?? 0));
  }

  private async logPart(
    { logIndex }: StoredReceipt,
    { checkpoint, note }: SignedCheckpoint,
  ): Promise<ReceiptProof['log']> {
    return { checkpoint: note, receipt: await this.prove(logIndex as number, checkpoint.treeSize) };
  }

  private async auctionPart(lease: StoredLease, treeSize: number): Promise<ReceiptProof['auction']> {
    const citedSize = Number(lease.grant.clearing.request.request.checkpointSize);
    const [clearing, consistency, ...inputs] = await Promise.all([
      this.prove(lease.clearingIndex, treeSize),
      this.proofs.consistency(citedSize, treeSize),
      ...lease.inputIndexes.map((index) => this.prove(index, citedSize)),
    ]);
    return { clearing, inputs, books: [...lease.books], consistency };
  }

  private async prove(index: number, treeSize: number): Promise<ProvenEntry> {
    const [entries, path] = await Promise.all([
      this.proofs.entries(index, index + 1),
      this.proofs.inclusion(index, treeSize),
    ]);
    return { entry: entries[0], index, treeSize, path };
  }
}

import type { Hex } from '@hearth/attestation/receipt';
import { type SignedReceipt, signedReceipt } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { DataSource, EntityManager } from 'typeorm';
import { z } from 'zod';
import { ChainIdentity } from '../platform/chain-identity.ts';

export interface StoredReceipt {
  readonly receiptHash: Hex;
  readonly signed: SignedReceipt;
  readonly interim: boolean;
  readonly receivedAtMs: number;
  /** Index of the node's leaf about it in the log. */
  readonly logIndex: number | undefined;
}

interface ReceiptRow {
  receipt_hash: Hex;
  signed_receipt: z.input<typeof signedReceipt>;
  interim: boolean;
  received_at_ms: string;
  log_index: string | null;
}

/** Receipts with a valid enclave signature, each stored once. */
@Injectable()
export class Receipts {
  private readonly manager: EntityManager;

  constructor(
    dataSource: DataSource,
    private readonly chain: ChainIdentity,
  ) {
    this.manager = dataSource.manager;
  }

  async find(receiptHash: Hex): Promise<StoredReceipt | undefined> {
    return (await this.load(`receipt_hash = $2`, [receiptHash]))[0];
  }

  /** The newest receipt of each enclave on an order. */
  async newestOfOrder(orderHash: Hex): Promise<StoredReceipt[]> {
    return this.load(
      `receipt_hash IN (SELECT DISTINCT ON (enclave_key) receipt_hash FROM receipt WHERE order_hash = $2 ORDER BY enclave_key, sequence DESC)`,
      [orderHash],
    );
  }

  /** All receipts under one lease, in the order of their sequence. */
  async ofLease(leaseId: Hex): Promise<StoredReceipt[]> {
    return this.load(`lease_id = $2`, [leaseId]);
  }

  async atPlace(
    tx: EntityManager,
    orderHash: Hex,
    enclaveKey: Hex,
    sequence: bigint,
  ): Promise<StoredReceipt | undefined> {
    const place = [orderHash, enclaveKey, `${sequence}`];
    return (await this.load(`order_hash = $2 AND enclave_key = $3 AND sequence = $4`, place, tx))[0];
  }

  async save(tx: EntityManager, receipt: StoredReceipt): Promise<void> {
    const { settlement, execution } = receipt.signed.receipt;
    await tx.query(
      `INSERT INTO receipt (receipt_hash, chain_ref, order_hash, enclave_key, sequence, cumulative_pico_usd, lease_id, interim,
                            signed_receipt, received_at_ms, log_index) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        receipt.receiptHash,
        this.chain.ref,
        settlement.orderHash,
        settlement.enclaveKey,
        `${settlement.sequence}`,
        `${settlement.cumulativePicoUsd}`,
        execution.leaseId,
        receipt.interim,
        JSON.stringify(z.encode(signedReceipt, receipt.signed)),
        receipt.receivedAtMs,
        receipt.logIndex ?? null,
      ],
    );
  }

  private async load(
    where: string,
    parameters: readonly unknown[],
    tx = this.manager,
  ): Promise<StoredReceipt[]> {
    const rows: ReceiptRow[] = await tx.query(
      `SELECT receipt_hash, signed_receipt, interim, received_at_ms, log_index FROM receipt
        WHERE chain_ref = $1 AND ${where} ORDER BY sequence`,
      [this.chain.ref, ...parameters],
    );
    return rows.map((row) => ({
      receiptHash: row.receipt_hash,
      signed: z.decode(signedReceipt, row.signed_receipt),
      interim: row.interim,
      receivedAtMs: Number(row.received_at_ms),
      logIndex: row.log_index === null ? undefined : Number(row.log_index),
    }));
  }
}

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

/** Where a receipt stands: two at one place are an equivocation. */
export interface Place {
  readonly orderHash: Hex;
  readonly enclaveKey: Hex;
  readonly sequence: bigint;
}

export const placeKey = ({ orderHash, enclaveKey, sequence }: Place) =>
  `${orderHash}:${enclaveKey}:${sequence}`;

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

  /** Hashes of the receipts at these places of their (order, enclave), by place key. */
  async atPlaces(tx: EntityManager, places: readonly Place[]): Promise<Map<string, Hex>> {
    const rows: { receipt_hash: Hex; order_hash: Hex; enclave_key: Hex; sequence: string }[] = await tx.query(
      `SELECT r.receipt_hash, r.order_hash, r.enclave_key, r.sequence
         FROM unnest($1::text[], $2::text[], $3::bigint[]) AS p (order_hash, enclave_key, sequence)
         JOIN receipt r ON r.order_hash = p.order_hash AND r.enclave_key = p.enclave_key AND r.sequence = p.sequence`,
      [
        places.map(({ orderHash }) => orderHash),
        places.map(({ enclaveKey }) => enclaveKey),
        places.map(({ sequence }) => `${sequence}`),
      ],
    );
    return new Map(
      rows.map((row) => [
        placeKey({
          orderHash: row.order_hash,
          enclaveKey: row.enclave_key,
          sequence: BigInt(row.sequence),
        }),
        row.receipt_hash,
      ]),
    );
  }

  async saveAll(tx: EntityManager, stored: readonly StoredReceipt[]): Promise<void> {
    if (stored.length === 0) return;
    const settlements = stored.map(({ signed }) => signed.receipt.settlement);
    await tx.query(
      `INSERT INTO receipt (receipt_hash, chain_ref, order_hash, enclave_key, sequence, cumulative_pico_usd, lease_id, interim,
                            signed_receipt, received_at_ms, log_index)
       SELECT receipt_hash, $1, order_hash, enclave_key, sequence, cumulative, lease_id, interim, signed, received_at_ms, log_index
         FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::numeric[], $7::text[], $8::boolean[], $9::jsonb[],
                     $10::bigint[], $11::bigint[]) AS r (receipt_hash, order_hash, enclave_key, sequence, cumulative, lease_id,
                     interim, signed, received_at_ms, log_index)`,
      [
        this.chain.ref,
        stored.map(({ receiptHash }) => receiptHash),
        settlements.map(({ orderHash }) => orderHash),
        settlements.map(({ enclaveKey }) => enclaveKey),
        settlements.map(({ sequence }) => `${sequence}`),
        settlements.map(({ cumulativePicoUsd }) => `${cumulativePicoUsd}`),
        stored.map(({ signed }) => signed.receipt.execution.leaseId),
        stored.map(({ interim }) => interim),
        stored.map(({ signed }) => JSON.stringify(z.encode(signedReceipt, signed))),
        stored.map(({ receivedAtMs }) => receivedAtMs),
        stored.map(({ logIndex }) => logIndex ?? null),
      ],
    );
  }

  private async load(where: string, parameters: readonly unknown[]): Promise<StoredReceipt[]> {
    const rows: ReceiptRow[] = await this.manager.query(
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

import { type Hex, hashExecution } from '@hearth/attestation/receipt';
import { type SettlementClaim } from '@hearth/contracts';
import { signedReceipt } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { DataSource, EntityManager } from 'typeorm';
import { z } from 'zod';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { OperatorWallet, type SignedTransaction } from './operator-wallet.ts';
import type { IntentState } from './settlement-intent.entity.ts';

export interface Intent {
  readonly receiptHash: Hex;
  readonly claim: SettlementClaim;
}

export interface UnfinishedTx extends SignedTransaction {
  readonly id: number;
  readonly state: 'signed' | 'mined';
}

interface IntentRow {
  receipt_hash: Hex;
  signed_receipt: z.input<typeof signedReceipt>;
  cumulative_cap_pico_usd: string;
  job_header_hash: Hex;
  session_signature: Hex;
}

const intentColumns = `
  SELECT i.receipt_hash, r.signed_receipt, c.cumulative_cap_pico_usd, c.job_header_hash, c.session_signature
    FROM settlement_intent i JOIN receipt r ON r.receipt_hash = i.receipt_hash
    JOIN signed_cap c ON c.order_hash = i.order_hash AND c.enclave_key = i.enclave_key`;

/** Rows of the settlement worker: intents and the operator's transactions on this chain. */
@Injectable()
export class SettlementStore {
  private readonly manager: EntityManager;

  constructor(
    dataSource: DataSource,
    private readonly chain: ChainIdentity,
    private readonly wallet: OperatorWallet,
  ) {
    this.manager = dataSource.manager;
  }

  /** Due intents with the highest cap of their pair, orders together (the contract stores each order once per run). */
  async due(nowMs: number, limit: number): Promise<Intent[]> {
    const rows: IntentRow[] = await this.manager.query(
      `${intentColumns} WHERE i.chain_ref = $1 AND i.state = 'pending' AND i.due_at_ms <= $2
        ORDER BY i.order_hash, i.due_at_ms LIMIT $3`,
      [this.chain.ref, nowMs, limit],
    );
    return rows.map(toIntent);
  }

  async ofTx(txId: number): Promise<Intent[]> {
    const rows: IntentRow[] = await this.manager.query(
      `${intentColumns} WHERE i.chain_tx_id = $1 AND i.state = 'sending'`,
      [txId],
    );
    return rows.map(toIntent);
  }

  async unfinished(): Promise<UnfinishedTx[]> {
    const rows: { id: number; nonce: string; hash: Hex; raw: Hex; state: 'signed' | 'mined' }[] =
      await this.manager.query(
        `SELECT id, nonce, hash, raw, state FROM chain_tx
        WHERE chain_ref = $1 AND sender = $2 AND state IN ('signed', 'mined') ORDER BY nonce`,
        [this.chain.ref, this.wallet.address],
      );
    return rows.map((row) => ({ ...row, nonce: Number(row.nonce) }));
  }

  /**
   * Binds intents to a signed transaction. Undefined, and nothing stored, when another replica has one in flight
   * or took one of the intents: the unique index and the row locks decide.
   */
  async bind(
    tx: EntityManager,
    signed: SignedTransaction,
    intents: readonly Intent[],
    nowMs: number,
  ): Promise<number | undefined> {
    const hashes = intents.map((intent) => intent.receiptHash);
    const locked: unknown[] = await tx.query(
      `SELECT 1 FROM settlement_intent WHERE receipt_hash = ANY($1) AND state = 'pending' FOR UPDATE SKIP LOCKED`,
      [hashes],
    );
    if (locked.length !== hashes.length) return undefined;
    const inserted: { id: number }[] = await tx.query(
      `INSERT INTO chain_tx (chain_ref, sender, nonce, hash, raw, state, signed_at_ms)
       VALUES ($1, $2, $3, $4, $5, 'signed', $6) ON CONFLICT DO NOTHING RETURNING id`,
      [this.chain.ref, this.wallet.address, signed.nonce, signed.hash, signed.raw, nowMs],
    );
    const id = inserted[0]?.id;
    if (id !== undefined)
      await tx.query(
        `UPDATE settlement_intent SET state = 'sending', chain_tx_id = $2 WHERE receipt_hash = ANY($1)`,
        [hashes, id],
      );
    return id;
  }

  async markTx(id: number, state: 'mined' | 'final' | 'dropped', tx = this.manager): Promise<void> {
    await tx.query(`UPDATE chain_tx SET state = $2 WHERE id = $1`, [id, state]);
  }

  async finishIntent(
    receiptHash: Hex,
    state: IntentState,
    detail: string | null = null,
    tx = this.manager,
  ): Promise<void> {
    await tx.query(
      `UPDATE settlement_intent SET state = $2, detail = $3 WHERE receipt_hash = $1 AND state IN ('pending', 'sending')`,
      [receiptHash, state, detail],
    );
  }

  /** The transaction moved nothing and never will: its intents are due again. */
  async requeue(txId: number, dueAtMs: number, tx: EntityManager): Promise<void> {
    await tx.query(
      `UPDATE settlement_intent SET state = 'pending', due_at_ms = $2 WHERE chain_tx_id = $1 AND state = 'sending'`,
      [txId, dueAtMs],
    );
  }

  async countByState(): Promise<{ state: IntentState; count: number }[]> {
    const rows: { state: IntentState; count: string }[] = await this.manager.query(
      `SELECT state, count(*) AS count FROM settlement_intent WHERE chain_ref = $1 GROUP BY state`,
      [this.chain.ref],
    );
    return rows.map((row) => ({ state: row.state, count: Number(row.count) }));
  }
}

function toIntent(row: IntentRow): Intent {
  const { receipt, signature } = z.decode(signedReceipt, row.signed_receipt);
  return {
    receiptHash: row.receipt_hash,
    claim: {
      settlement: receipt.settlement,
      executionHash: hashExecution(receipt.execution),
      enclaveSignature: signature,
      cumulativeCapPicoUsd: BigInt(row.cumulative_cap_pico_usd),
      jobHeaderHash: row.job_header_hash,
      sessionSignature: row.session_signature,
    },
  };
}

import type { Hex } from '@hearth/attestation/receipt';
import type { Hold, Signed } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

interface StatementRow {
  order_hash: Hex;
  hold_sequence: string;
  enclave_key: Hex;
  held_cumulative_pico_usd: string;
  expires_at_ms: string;
  signature: Hex;
}

/** Every Hold that the log key signed. */
@Injectable()
export class HoldStatements {
  async addAll(tx: EntityManager, signed: readonly Signed<Hold>[]): Promise<void> {
    if (signed.length === 0) return;
    await tx.query(
      `INSERT INTO hold_statement (order_hash, hold_sequence, enclave_key, held_cumulative_pico_usd, expires_at_ms, signature)
       SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::numeric[], $5::bigint[], $6::text[])`,
      [
        signed.map(({ body }) => body.orderHash),
        signed.map(({ body }) => body.holdSequence),
        signed.map(({ body }) => body.enclaveKey),
        signed.map(({ body }) => `${body.heldCumulativePicoUsd}`),
        signed.map(({ body }) => body.expiresAtMs),
        signed.map(({ signature }) => signature),
      ],
    );
  }

  /** The newest Hold of each pair that has one. */
  async newest(
    tx: EntityManager,
    pairs: readonly { orderHash: Hex; enclaveKey: Hex }[],
  ): Promise<Signed<Hold>[]> {
    if (pairs.length === 0) return [];
    const rows: StatementRow[] = await tx.query(
      `SELECT DISTINCT ON (s.order_hash, s.enclave_key) s.*
         FROM hold_statement s JOIN unnest($1::text[], $2::text[]) AS p (order_hash, enclave_key)
           ON s.order_hash = p.order_hash AND s.enclave_key = p.enclave_key
        ORDER BY s.order_hash, s.enclave_key, hold_sequence DESC`,
      [pairs.map((pair) => pair.orderHash), pairs.map((pair) => pair.enclaveKey)],
    );
    return rows.map((row) => ({
      body: {
        v: 1,
        orderHash: row.order_hash,
        enclaveKey: row.enclave_key,
        heldCumulativePicoUsd: BigInt(row.held_cumulative_pico_usd),
        holdSequence: Number(row.hold_sequence),
        expiresAtMs: Number(row.expires_at_ms),
      },
      signature: row.signature,
    }));
  }
}

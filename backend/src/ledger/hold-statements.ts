import type { Hex } from '@hearth/attestation/receipt';
import { HearthError, type Hold, type Signed } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** Every Hold that the log key signed. */
@Injectable()
export class HoldStatements {
  async add(tx: EntityManager, { body, signature }: Signed<Hold>): Promise<void> {
    await tx.query(
      `INSERT INTO hold_statement (order_hash, hold_sequence, enclave_key, held_cumulative_pico_usd, expires_at_ms, signature)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [
        body.orderHash,
        body.holdSequence,
        body.enclaveKey,
        `${body.heldCumulativePicoUsd}`,
        body.expiresAtMs,
        signature,
      ],
    );
  }

  /** @throws HearthError `not_found` */
  async newest(tx: EntityManager, pair: { orderHash: Hex; enclaveKey: Hex }): Promise<Signed<Hold>> {
    const rows: {
      hold_sequence: string;
      held_cumulative_pico_usd: string;
      expires_at_ms: string;
      signature: Hex;
    }[] = await tx.query(
      `SELECT * FROM hold_statement WHERE order_hash = $1 AND enclave_key = $2 ORDER BY hold_sequence DESC LIMIT 1`,
      [pair.orderHash, pair.enclaveKey],
    );
    const row = rows[0];
    if (row === undefined)
      throw new HearthError('not_found', `no hold on order ${pair.orderHash} for ${pair.enclaveKey}`);
    return {
      body: {
        v: 1,
        orderHash: pair.orderHash,
        enclaveKey: pair.enclaveKey,
        heldCumulativePicoUsd: BigInt(row.held_cumulative_pico_usd),
        holdSequence: Number(row.hold_sequence),
        expiresAtMs: Number(row.expires_at_ms),
      },
      signature: row.signature,
    };
  }
}

import type { Hex } from '@hearth/attestation/receipt';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { HoldRequest } from './hold.service.ts';

/** The share of a pair's Hold that each lease asked for. Written under the order's row lock, except that a lease may end at any time. */
@Injectable()
export class HoldGrants {
  async has(tx: EntityManager, leaseId: Hex): Promise<boolean> {
    return (await tx.query(`SELECT 1 FROM hold_grant WHERE lease_id = $1`, [leaseId])).length > 0;
  }

  async add(tx: EntityManager, request: HoldRequest): Promise<void> {
    await tx.query(
      `INSERT INTO hold_grant (lease_id, order_hash, enclave_key, granted_pico_usd, expires_at_ms) VALUES ($1, $2, $3, $4, $5)`,
      [
        request.leaseId,
        request.orderHash,
        request.enclaveKey,
        `${request.wantedPicoUsd}`,
        request.expiresAtMs,
      ],
    );
  }

  async end(tx: EntityManager, leaseId: Hex): Promise<void> {
    await tx.query(`UPDATE hold_grant SET ended = true WHERE lease_id = $1`, [leaseId]);
  }

  /** Captured work of a lease uses its grant up (never beyond it). */
  async use(tx: EntityManager, leaseId: Hex, picoUsd: bigint): Promise<void> {
    await tx.query(
      `UPDATE hold_grant SET used_pico_usd = least(granted_pico_usd, used_pico_usd + $2::numeric) WHERE lease_id = $1`,
      [leaseId, `${picoUsd}`],
    );
  }

  async reservedByRunning(
    tx: EntityManager,
    pair: { orderHash: Hex; enclaveKey: Hex },
    nowMs: number,
  ): Promise<bigint> {
    const rows: { reserved: string }[] = await tx.query(
      `SELECT coalesce(sum(granted_pico_usd - used_pico_usd), 0) AS reserved FROM hold_grant
        WHERE order_hash = $1 AND enclave_key = $2 AND NOT ended AND expires_at_ms > $3`,
      [pair.orderHash, pair.enclaveKey, nowMs],
    );
    return BigInt(rows[0]?.reserved ?? 0);
  }
}

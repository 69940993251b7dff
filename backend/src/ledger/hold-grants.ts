import type { Hex } from '@hearth/attestation/receipt';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { HoldRequest } from './hold-fold.ts';
import type { OrderDrafts } from './order-draft.ts';

/** The share of a pair's Hold that each lease asked for. Written under the order's row lock, except that a lease may end at any time. */
@Injectable()
export class HoldGrants {
  /** Which of the leases have their grant. */
  async known(tx: EntityManager, leaseIds: readonly Hex[]): Promise<ReadonlySet<Hex>> {
    const rows: { lease_id: Hex }[] = await tx.query(
      `SELECT lease_id FROM hold_grant WHERE lease_id = ANY($1)`,
      [leaseIds],
    );
    return new Set(rows.map((row) => row.lease_id));
  }

  async addAll(tx: EntityManager, requests: readonly HoldRequest[]): Promise<void> {
    if (requests.length === 0) return;
    await tx.query(
      `INSERT INTO hold_grant (lease_id, order_hash, enclave_key, granted_pico_usd, expires_at_ms)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::numeric[], $5::bigint[])`,
      [
        requests.map((request) => request.leaseId),
        requests.map((request) => request.orderHash),
        requests.map((request) => request.enclaveKey),
        requests.map((request) => `${request.wantedPicoUsd}`),
        requests.map((request) => request.expiresAtMs),
      ],
    );
  }

  async end(tx: EntityManager, leaseId: Hex): Promise<void> {
    await tx.query(`UPDATE hold_grant SET ended = true WHERE lease_id = $1`, [leaseId]);
  }

  /** Captured work of a lease uses its grant up (never beyond it). At most one use per lease and call. */
  async useAll(tx: EntityManager, uses: ReadonlyMap<Hex, bigint>): Promise<void> {
    if (uses.size === 0) return;
    await tx.query(
      `UPDATE hold_grant g SET used_pico_usd = least(granted_pico_usd, used_pico_usd + used.pico_usd)
         FROM unnest($1::text[], $2::numeric[]) AS used (lease_id, pico_usd) WHERE g.lease_id = used.lease_id`,
      [[...uses.keys()], [...uses.values()].map(String)],
    );
  }

  /** Fills in what the drafts' running leases still need. */
  async loadReserved(tx: EntityManager, orders: OrderDrafts, nowMs: number): Promise<void> {
    const pairs = [...orders.values()].flatMap(({ orderHash, pairs }) =>
      [...pairs.keys()].map((enclaveKey) => ({ orderHash, enclaveKey })),
    );
    const rows: { order_hash: Hex; enclave_key: Hex; reserved: string }[] = await tx.query(
      `SELECT p.order_hash, p.enclave_key, sum(granted_pico_usd - used_pico_usd) AS reserved
         FROM unnest($1::text[], $2::text[]) AS p (order_hash, enclave_key)
         JOIN hold_grant g ON g.order_hash = p.order_hash AND g.enclave_key = p.enclave_key
        WHERE NOT ended AND used_pico_usd < granted_pico_usd AND expires_at_ms > $3 GROUP BY 1, 2`,
      [pairs.map((pair) => pair.orderHash), pairs.map((pair) => pair.enclaveKey), nowMs],
    );
    for (const row of rows) {
      const pair = orders.get(row.order_hash)?.pairs.get(row.enclave_key);
      if (pair !== undefined) pair.reserved = BigInt(row.reserved);
    }
  }
}

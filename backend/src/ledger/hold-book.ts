import type { Hex } from '@hearth/attestation/receipt';
import { HearthError } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { accounts } from './accounts.ts';
import type { HoldState } from './hold-decision.ts';
import { Journal } from './journal.ts';

export interface LockedOrder {
  readonly chainRef: number;
  readonly orderHash: Hex;
  readonly maxSpendPerEnclave: bigint;
  readonly validUntilMs: number;
}

export interface LockedPair extends LockedOrder {
  readonly enclaveKey: Hex;
  readonly expiresAtMs: number;
  readonly state: HoldState;
}

interface PairRow {
  held_pico_usd: string;
  captured_pico_usd: string;
  settled_pico_usd: string;
  expires_at_ms: string;
}

/** Rows of the per-order hold ledger. Every write happens under the order's row lock (`lockOrder`, `lockPair`). */
@Injectable()
export class HoldBook {
  constructor(private readonly journal: Journal) {}

  /** @throws HearthError `order_not_open` when the order is not booked from the safe block or is closed (unless `evenIfClosed`) */
  async lockOrder(tx: EntityManager, orderHash: Hex, evenIfClosed = false): Promise<LockedOrder> {
    const rows: {
      chain_ref: number;
      max_spend_per_enclave_pico_usd: string;
      valid_until_unix_sec: string;
      closed: boolean;
    }[] = await tx.query(
      `SELECT chain_ref, max_spend_per_enclave_pico_usd, valid_until_unix_sec, closed FROM hold_book WHERE order_hash = $1 FOR UPDATE`,
      [orderHash],
    );
    const row = rows[0];
    if (row === undefined || (row.closed && !evenIfClosed))
      throw new HearthError(
        'order_not_open',
        `order ${orderHash}: expected open at the safe block, got ${row ? 'closed' : 'unknown'}`,
      );
    return {
      chainRef: row.chain_ref,
      orderHash,
      maxSpendPerEnclave: BigInt(row.max_spend_per_enclave_pico_usd),
      validUntilMs: Number(row.valid_until_unix_sec) * 1000,
    };
  }

  async lockPair(
    tx: EntityManager,
    orderHash: Hex,
    enclaveKey: Hex,
    evenIfClosed = false,
  ): Promise<LockedPair> {
    const order = await this.lockOrder(tx, orderHash, evenIfClosed);
    await tx.query(`INSERT INTO hold_pair (order_hash, enclave_key) VALUES ($1, $2) ON CONFLICT DO NOTHING`, [
      orderHash,
      enclaveKey,
    ]);
    const rows: PairRow[] = await tx.query(
      `SELECT * FROM hold_pair WHERE order_hash = $1 AND enclave_key = $2`,
      [orderHash, enclaveKey],
    );
    const row = rows[0] as PairRow; // inserted just above, under the order's lock
    return {
      ...order,
      enclaveKey,
      expiresAtMs: Number(row.expires_at_ms),
      state: {
        maxSpendPerEnclave: order.maxSpendPerEnclave,
        free: await this.journal.balance(tx, accounts.order(order.chainRef, orderHash)),
        held: BigInt(row.held_pico_usd),
        captured: BigInt(row.captured_pico_usd),
        settled: BigInt(row.settled_pico_usd),
      },
    };
  }

  /** The order's other pairs, under the order's lock. */
  async otherPairs(
    tx: EntityManager,
    pair: { orderHash: Hex; enclaveKey: Hex },
  ): Promise<{ orderHash: Hex; enclaveKey: Hex; held: bigint; captured: bigint; settled: bigint }[]> {
    const rows: (PairRow & { enclave_key: Hex })[] = await tx.query(
      `SELECT * FROM hold_pair WHERE order_hash = $1 AND enclave_key <> $2 ORDER BY enclave_key`,
      [pair.orderHash, pair.enclaveKey],
    );
    return rows.map((row) => ({
      orderHash: pair.orderHash,
      enclaveKey: row.enclave_key,
      held: BigInt(row.held_pico_usd),
      captured: BigInt(row.captured_pico_usd),
      settled: BigInt(row.settled_pico_usd),
    }));
  }

  async savePair(
    tx: EntityManager,
    pair: { orderHash: Hex; enclaveKey: Hex },
    next: { held: bigint; captured: bigint; settled: bigint },
  ): Promise<void> {
    await tx.query(
      `UPDATE hold_pair SET held_pico_usd = $3, captured_pico_usd = $4, settled_pico_usd = $5 WHERE order_hash = $1 AND enclave_key = $2`,
      [pair.orderHash, pair.enclaveKey, `${next.held}`, `${next.captured}`, `${next.settled}`],
    );
  }

  /** Returns the order's next hold sequence. */
  async raiseHold(
    tx: EntityManager,
    pair: LockedPair,
    heldCumulative: bigint,
    expiresAtMs: number,
  ): Promise<number> {
    await tx.query(
      `UPDATE hold_pair SET held_pico_usd = $3, expires_at_ms = greatest(expires_at_ms, $4) WHERE order_hash = $1 AND enclave_key = $2`,
      [pair.orderHash, pair.enclaveKey, `${heldCumulative}`, expiresAtMs],
    );
    return this.nextSequence(tx, pair.orderHash);
  }

  async lowerHoldToCaptured(tx: EntityManager, orderHash: Hex, enclaveKey: Hex): Promise<number> {
    await tx.query(
      `UPDATE hold_pair SET held_pico_usd = captured_pico_usd WHERE order_hash = $1 AND enclave_key = $2`,
      [orderHash, enclaveKey],
    );
    return this.nextSequence(tx, orderHash);
  }

  async expiredPairs(
    tx: EntityManager,
    orderHash: Hex,
    beforeMs: number,
  ): Promise<{ enclaveKey: Hex; unused: bigint }[]> {
    const rows: { enclave_key: Hex; unused: string }[] = await tx.query(
      `SELECT enclave_key, held_pico_usd - captured_pico_usd AS unused FROM hold_pair
        WHERE order_hash = $1 AND expires_at_ms < $2 AND held_pico_usd > captured_pico_usd ORDER BY enclave_key`,
      [orderHash, beforeMs],
    );
    return rows.map((row) => ({ enclaveKey: row.enclave_key, unused: BigInt(row.unused) }));
  }

  private async nextSequence(tx: EntityManager, orderHash: Hex): Promise<number> {
    const result: [{ hold_sequence: string }[], number] = await tx.query(
      `UPDATE hold_book SET hold_sequence = hold_sequence + 1 WHERE order_hash = $1 RETURNING hold_sequence`,
      [orderHash],
    );
    return Number(result[0][0]?.hold_sequence);
  }
}

import type { Hex } from '@hearth/attestation/receipt';
import { HearthError } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { accounts } from './accounts.ts';
import type { HoldState } from './hold-decision.ts';
import { Journal } from './journal.ts';
import { isChanged, type OrderDraft, type OrderDrafts, type PairDraft } from './order-draft.ts';

export interface LockedOrder {
  readonly chainRef: number;
  readonly orderHash: Hex;
  readonly maxSpendPerEnclave: bigint;
}

export interface LockedPair extends LockedOrder {
  readonly enclaveKey: Hex;
  readonly state: HoldState;
}

/** Cumulative pUSD of one pair. */
type PairTotals = Pick<HoldState, 'held' | 'captured' | 'settled' | 'assured'>;

interface BookRow {
  order_hash: Hex;
  chain_ref: number;
  max_spend_per_enclave_pico_usd: string;
  valid_until_unix_sec: string;
  hold_sequence: string;
  closed: boolean;
}

interface PairRow {
  order_hash: Hex;
  enclave_key: Hex;
  held_pico_usd: string;
  captured_pico_usd: string;
  settled_pico_usd: string;
  assured_pico_usd: string;
  expires_at_ms: string;
}

/** Rows of the per-order hold ledger. Every write happens under the order's row lock (`lockOrder`, `lockPair`, `draft`). */
@Injectable()
export class HoldBook {
  constructor(private readonly journal: Journal) {}

  /** @throws HearthError `order_not_open` when the order is not booked from the safe block */
  async lockOrder(tx: EntityManager, orderHash: Hex): Promise<LockedOrder> {
    const [row] = await this.lockRows(tx, [orderHash]);
    if (row === undefined)
      throw new HearthError(
        'order_not_open',
        `order ${orderHash}: expected known at the safe block, got unknown`,
      );
    return {
      chainRef: row.chain_ref,
      orderHash,
      maxSpendPerEnclave: BigInt(row.max_spend_per_enclave_pico_usd),
    };
  }

  /** Locks those of the orders that are booked and returns them. */
  async lockOrders(tx: EntityManager, orderHashes: readonly Hex[]): Promise<ReadonlySet<Hex>> {
    const rows = await this.lockRows(tx, [...new Set(orderHashes)]);
    return new Set(rows.map((row) => row.order_hash));
  }

  async lockPair(tx: EntityManager, orderHash: Hex, enclaveKey: Hex): Promise<LockedPair> {
    const order = await this.lockOrder(tx, orderHash);
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
      state: {
        maxSpendPerEnclave: order.maxSpendPerEnclave,
        free: await this.journal.balance(tx, accounts.order(order.chainRef, orderHash)),
        held: BigInt(row.held_pico_usd),
        captured: BigInt(row.captured_pico_usd),
        settled: BigInt(row.settled_pico_usd),
        assured: BigInt(row.assured_pico_usd),
      },
    };
  }

  /** The order's other pairs, under the order's lock. */
  async otherPairs(
    tx: EntityManager,
    pair: { orderHash: Hex; enclaveKey: Hex },
  ): Promise<({ orderHash: Hex; enclaveKey: Hex } & PairTotals)[]> {
    const rows: PairRow[] = await tx.query(
      `SELECT * FROM hold_pair WHERE order_hash = $1 AND enclave_key <> $2 ORDER BY enclave_key`,
      [pair.orderHash, pair.enclaveKey],
    );
    return rows.map((row) => ({
      orderHash: pair.orderHash,
      enclaveKey: row.enclave_key,
      held: BigInt(row.held_pico_usd),
      captured: BigInt(row.captured_pico_usd),
      settled: BigInt(row.settled_pico_usd),
      assured: BigInt(row.assured_pico_usd),
    }));
  }

  async savePair(
    tx: EntityManager,
    pair: { orderHash: Hex; enclaveKey: Hex },
    { held, captured, settled, assured }: PairTotals,
  ): Promise<void> {
    await tx.query(
      `UPDATE hold_pair SET held_pico_usd = $3, captured_pico_usd = $4, settled_pico_usd = $5, assured_pico_usd = $6
        WHERE order_hash = $1 AND enclave_key = $2`,
      [pair.orderHash, pair.enclaveKey, `${held}`, `${captured}`, `${settled}`, `${assured}`],
    );
  }

  /**
   * Locks the orders that are booked and reads what a batch about these pairs has to know; unknown orders are absent.
   * A pair without a row starts from zero. @param expiredBeforeMs adds the pairs whose expired Hold can be reclaimed
   */
  async draft(
    tx: EntityManager,
    requested: readonly { orderHash: Hex; enclaveKey: Hex }[],
    expiredBeforeMs?: number,
  ): Promise<OrderDrafts> {
    const rows = await this.lockRows(tx, [...new Set(requested.map(({ orderHash }) => orderHash))]);
    const balances = await this.journal.balances(
      tx,
      rows.map((row) => accounts.order(row.chain_ref, row.order_hash)),
    );
    const drafts = new Map(rows.map((row) => [row.order_hash, toOrderDraft(row, balances)]));
    const pairRows = await this.pairRows(tx, requested);
    if (expiredBeforeMs !== undefined)
      pairRows.push(...(await this.expiredRows(tx, [...drafts.keys()], expiredBeforeMs)));
    for (const row of pairRows) drafts.get(row.order_hash)?.pairs.set(row.enclave_key, toPairDraft(row));
    for (const { orderHash, enclaveKey } of requested) {
      const pairs = drafts.get(orderHash)?.pairs;
      if (pairs?.has(enclaveKey) === false) pairs.set(enclaveKey, emptyPair(enclaveKey));
    }
    return drafts;
  }

  /** Writes what the batch changed. */
  async save(tx: EntityManager, orders: OrderDrafts): Promise<void> {
    const pairs = [...orders.values()].flatMap(({ orderHash, pairs }) =>
      [...pairs.values()].filter(isChanged).map((pair) => ({ orderHash, ...pair })),
    );
    if (pairs.length > 0)
      await tx.query(
        `INSERT INTO hold_pair (order_hash, enclave_key, held_pico_usd, captured_pico_usd, expires_at_ms)
         SELECT * FROM unnest($1::text[], $2::text[], $3::numeric[], $4::numeric[], $5::bigint[])
         ON CONFLICT (order_hash, enclave_key) DO UPDATE SET held_pico_usd = excluded.held_pico_usd,
           captured_pico_usd = excluded.captured_pico_usd, expires_at_ms = excluded.expires_at_ms`,
        [
          pairs.map((pair) => pair.orderHash),
          pairs.map((pair) => pair.enclaveKey),
          pairs.map((pair) => `${pair.held}`),
          pairs.map((pair) => `${pair.captured}`),
          pairs.map((pair) => pair.expiresAtMs),
        ],
      );
    const counted = [...orders.values()].filter((order) => order.holdSequence !== order.storedSequence);
    if (counted.length > 0)
      await tx.query(
        `UPDATE hold_book b SET hold_sequence = n.hold_sequence
           FROM unnest($1::text[], $2::bigint[]) AS n (order_hash, hold_sequence) WHERE b.order_hash = n.order_hash`,
        [counted.map(({ orderHash }) => orderHash), counted.map(({ holdSequence }) => holdSequence)],
      );
  }

  /** In one order, whoever locks: batches and blocks that share orders wait for each other and never deadlock. */
  private lockRows(tx: EntityManager, orderHashes: readonly Hex[]): Promise<BookRow[]> {
    return tx.query(
      `SELECT order_hash, chain_ref, max_spend_per_enclave_pico_usd, valid_until_unix_sec, hold_sequence, closed
         FROM hold_book WHERE order_hash = ANY($1) ORDER BY order_hash FOR UPDATE`,
      [orderHashes],
    );
  }

  private pairRows(
    tx: EntityManager,
    requested: readonly { orderHash: Hex; enclaveKey: Hex }[],
  ): Promise<PairRow[]> {
    return tx.query(
      `SELECT p.* FROM unnest($1::text[], $2::text[]) AS r (order_hash, enclave_key)
         JOIN hold_pair p ON p.order_hash = r.order_hash AND p.enclave_key = r.enclave_key`,
      [requested.map((pair) => pair.orderHash), requested.map((pair) => pair.enclaveKey)],
    );
  }

  private expiredRows(tx: EntityManager, orderHashes: readonly Hex[], beforeMs: number): Promise<PairRow[]> {
    return tx.query(
      `SELECT * FROM hold_pair WHERE order_hash = ANY($1) AND expires_at_ms < $2
          AND held_pico_usd > greatest(captured_pico_usd, assured_pico_usd)
        ORDER BY order_hash, enclave_key`,
      [orderHashes, beforeMs],
    );
  }
}

export const pairKey = ({ orderHash, enclaveKey }: { orderHash: Hex; enclaveKey: Hex }) =>
  `${orderHash}:${enclaveKey}`;

function toOrderDraft(row: BookRow, balances: ReadonlyMap<string, bigint>): OrderDraft {
  return {
    chainRef: row.chain_ref,
    orderHash: row.order_hash,
    maxSpendPerEnclave: BigInt(row.max_spend_per_enclave_pico_usd),
    validUntilMs: Number(row.valid_until_unix_sec) * 1000,
    isClosed: row.closed,
    free: balances.get(accounts.order(row.chain_ref, row.order_hash).id) ?? 0n,
    holdSequence: Number(row.hold_sequence),
    storedSequence: Number(row.hold_sequence),
    pairs: new Map(),
  };
}

function toPairDraft(row: PairRow): PairDraft {
  const stored = {
    held: BigInt(row.held_pico_usd),
    captured: BigInt(row.captured_pico_usd),
    expiresAtMs: Number(row.expires_at_ms),
  };
  return {
    enclaveKey: row.enclave_key,
    ...stored,
    settled: BigInt(row.settled_pico_usd),
    assured: BigInt(row.assured_pico_usd),
    reserved: 0n,
    stored,
  };
}

function emptyPair(enclaveKey: Hex): PairDraft {
  const stored = { held: 0n, captured: 0n, expiresAtMs: 0 };
  return { enclaveKey, ...stored, settled: 0n, assured: 0n, reserved: 0n, stored };
}

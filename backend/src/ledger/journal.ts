import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../platform/clock.ts';
import type { LedgerAccount } from './accounts.ts';

/** Money leaving one account for another; always positive pUSD. */
export interface Movement {
  readonly from: LedgerAccount;
  readonly to: LedgerAccount;
  readonly picoUsd: bigint;
}

export interface Transfer {
  /** Derived from the fact it books, so that the same fact is booked once. */
  readonly id: string;
  readonly kind: string;
  readonly movements: readonly Movement[];
}

interface Leg {
  readonly account: LedgerAccount;
  readonly amount: bigint;
}

/** The only writer of the double-entry ledger. The database enforces zero sums, balances and immutability again by itself. */
@Injectable()
export class Journal {
  constructor(private readonly clock: Clock) {}

  /** Books a transfer within the caller's transaction. Returns false when it stood already; zero movements book nothing. */
  async post(tx: EntityManager, transfer: Transfer): Promise<boolean> {
    return (await this.postAll(tx, [transfer])).has(transfer.id);
  }

  /** As `post`, a set in three statements whatever its size. Returns the ids of those that did not stand already. */
  async postAll(tx: EntityManager, transfers: readonly Transfer[]): Promise<ReadonlySet<string>> {
    const moving = transfers
      .map(({ id, kind, movements }) => ({ id, kind, legs: netLegs(movements) }))
      .filter(({ legs }) => legs.length > 0);
    if (moving.length === 0) return new Set();
    const inserted: { id: string }[] = await tx.query(
      `INSERT INTO ledger_transfer (id, kind, booked_at_ms)
       SELECT id, kind, $3 FROM unnest($1::text[], $2::text[]) AS t (id, kind) ON CONFLICT DO NOTHING RETURNING id`,
      [moving.map(({ id }) => id), moving.map(({ kind }) => kind), this.clock.nowMs()],
    );
    const booked = new Set(inserted.map(({ id }) => id));
    const legs = moving
      .filter(({ id }) => booked.has(id))
      .flatMap((transfer) => transfer.legs.map((leg) => ({ ...leg, transferId: transfer.id })));
    if (legs.length === 0) return booked;
    await this.openAccounts(tx, legs);
    await tx.query(
      `INSERT INTO ledger_entry (transfer_id, account_id, amount)
       SELECT * FROM unnest($1::text[], $2::text[], $3::numeric[])`,
      [
        legs.map((leg) => leg.transferId),
        legs.map((leg) => leg.account.id),
        legs.map((leg) => leg.amount.toString()),
      ],
    );
    return booked;
  }

  /** Which of the transfers stand. */
  async known(tx: EntityManager, transferIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows: { id: string }[] = await tx.query(`SELECT id FROM ledger_transfer WHERE id = ANY($1)`, [
      transferIds,
    ]);
    return new Set(rows.map(({ id }) => id));
  }

  async has(tx: EntityManager, transferId: string): Promise<boolean> {
    return (await this.known(tx, [transferId])).size > 0;
  }

  async balance(tx: EntityManager, account: LedgerAccount): Promise<bigint> {
    return (await this.balances(tx, [account])).get(account.id) ?? 0n;
  }

  /** By account id; an account that was never used is absent. */
  async balances(tx: EntityManager, of: readonly LedgerAccount[]): Promise<ReadonlyMap<string, bigint>> {
    const rows: { id: string; balance: string }[] = await tx.query(
      `SELECT id, balance FROM ledger_account WHERE id = ANY($1)`,
      [of.map(({ id }) => id)],
    );
    return new Map(rows.map(({ id, balance }) => [id, BigInt(balance)]));
  }

  private async openAccounts(tx: EntityManager, legs: readonly Leg[]): Promise<void> {
    const opened = [...new Map(legs.map(({ account }) => [account.id, account])).values()];
    await tx.query(
      `INSERT INTO ledger_account (id, chain_ref, kind, may_go_negative)
       SELECT id, chain_ref, kind, kind = 'outside'
         FROM unnest($1::text[], $2::int[], $3::text[]) AS opened (id, chain_ref, kind)
        WHERE NOT EXISTS (SELECT 1 FROM ledger_account a WHERE a.id = opened.id) ORDER BY id
       ON CONFLICT DO NOTHING`,
      [opened.map((a) => a.id), opened.map((a) => a.chainRef), opened.map((a) => a.kind)],
    );
  }
}

/** One leg per account; legs that cancel out are dropped. */
function netLegs(movements: readonly Movement[]): Leg[] {
  const net = new Map<string, { account: LedgerAccount; amount: bigint }>();
  const add = (account: LedgerAccount, amount: bigint) => {
    const leg = net.get(account.id);
    if (leg === undefined) net.set(account.id, { account, amount });
    else leg.amount += amount;
  };
  for (const { from, to, picoUsd } of movements) {
    if (picoUsd < 0n)
      throw new RangeError(`movement ${from.id} to ${to.id}: expected ≥ 0 pUSD, got ${picoUsd}`);
    add(from, -picoUsd);
    add(to, picoUsd);
  }
  return [...net.values()].filter((leg) => leg.amount !== 0n);
}

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

/** The only writer of the double-entry ledger. The database enforces zero sums, balances and immutability again by itself. */
@Injectable()
export class Journal {
  constructor(private readonly clock: Clock) {}

  /** Books a transfer within the caller's transaction. Returns false when it stood already; zero movements book nothing. */
  async post(tx: EntityManager, transfer: Transfer): Promise<boolean> {
    const legs = netLegs(transfer.movements);
    if (legs.length === 0) return false;
    const inserted: unknown[] = await tx.query(
      `INSERT INTO ledger_transfer (id, kind, booked_at_ms) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id`,
      [transfer.id, transfer.kind, this.clock.nowMs()],
    );
    if (inserted.length === 0) return false;
    await this.openAccounts(
      tx,
      legs.map((leg) => leg.account),
    );
    await tx.query(
      `INSERT INTO ledger_entry (transfer_id, account_id, amount)
       SELECT $1, account_id, amount FROM unnest($2::text[], $3::numeric[]) AS leg (account_id, amount)`,
      [transfer.id, legs.map((leg) => leg.account.id), legs.map((leg) => leg.amount.toString())],
    );
    return true;
  }

  async has(tx: EntityManager, transferId: string): Promise<boolean> {
    return (await tx.query(`SELECT 1 FROM ledger_transfer WHERE id = $1`, [transferId])).length > 0;
  }

  async balance(tx: EntityManager, account: LedgerAccount): Promise<bigint> {
    const rows: { balance: string }[] = await tx.query(`SELECT balance FROM ledger_account WHERE id = $1`, [
      account.id,
    ]);
    return BigInt(rows[0]?.balance ?? 0);
  }

  private async openAccounts(tx: EntityManager, opened: readonly LedgerAccount[]): Promise<void> {
    await tx.query(
      `INSERT INTO ledger_account (id, chain_ref, kind, may_go_negative)
       SELECT id, chain_ref, kind, kind = 'outside'
         FROM unnest($1::text[], $2::int[], $3::text[]) AS opened (id, chain_ref, kind) ORDER BY id
       ON CONFLICT DO NOTHING`,
      [opened.map((a) => a.id), opened.map((a) => a.chainRef), opened.map((a) => a.kind)],
    );
  }
}

/** One leg per account; legs that cancel out are dropped. */
export function netLegs(movements: readonly Movement[]): { account: LedgerAccount; amount: bigint }[] {
  const net = new Map<string, { account: LedgerAccount; amount: bigint }>();
  const add = (account: LedgerAccount, amount: bigint) =>
    net.set(account.id, { account, amount: (net.get(account.id)?.amount ?? 0n) + amount });
  for (const { from, to, picoUsd } of movements) {
    if (picoUsd < 0n)
      throw new RangeError(`movement ${from.id} to ${to.id}: expected ≥ 0 pUSD, got ${picoUsd}`);
    add(from, -picoUsd);
    add(to, picoUsd);
  }
  return [...net.values()].filter((leg) => leg.amount !== 0n);
}

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

  /** Books a transfer within the caller's transaction; zero movements book nothing. One that stands already breaks the transaction. */
  async post(tx: EntityManager, transfer: Transfer): Promise<void> {
    await this.postAll(tx, [transfer]);
  }

  /** As `post`, in the same few statements whatever the size of the set. */
  async postAll(tx: EntityManager, transfers: readonly Transfer[]): Promise<void> {
    const moving = transfers
      .map(({ id, kind, movements }) => ({ id, kind, legs: netLegs(movements) }))
      .filter(({ legs }) => legs.length > 0);
    if (moving.length === 0) return;
    const inserted: { id: string; seq: string }[] = await tx.query(
      `INSERT INTO ledger_transfer (id, kind, booked_at_ms)
       SELECT id, kind, $3 FROM unnest($1::text[], $2::text[]) AS t (id, kind) RETURNING id, seq`,
      [moving.map(({ id }) => id), moving.map(({ kind }) => kind), this.clock.nowMs()],
    );
    const seqs = new Map(inserted.map(({ id, seq }) => [id, seq]));
    const legs = moving.flatMap(({ id, legs }) => legs.map((leg) => ({ ...leg, transferSeq: seqs.get(id) })));
    const accountSeqs = await this.openAccounts(tx, legs);
    await tx.query(
      `INSERT INTO ledger_entry (transfer_seq, account_seq, amount)
       SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::numeric[])`,
      [
        legs.map((leg) => leg.transferSeq),
        legs.map((leg) => accountSeqs.get(leg.account.id)),
        legs.map((leg) => leg.amount.toString()),
      ],
    );
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

  private async openAccounts(tx: EntityManager, legs: readonly Leg[]): Promise<ReadonlyMap<string, string>> {
    const wanted = new Map(legs.map(({ account }) => [account.id, account]));
    const seqs = await this.accountSeqs(tx, [...wanted.keys()]);
    const missing = [...wanted.values()].filter(({ id }) => !seqs.has(id));
    if (missing.length === 0) return seqs;
    await tx.query(
      `INSERT INTO ledger_account (id, chain_ref, kind, may_go_negative)
       SELECT id, chain_ref, kind, kind = 'outside'
         FROM unnest($1::text[], $2::int[], $3::text[]) AS opened (id, chain_ref, kind) ORDER BY id
       ON CONFLICT DO NOTHING`,
      [missing.map((a) => a.id), missing.map((a) => a.chainRef), missing.map((a) => a.kind)],
    );
    const opened = await this.accountSeqs(
      tx,
      missing.map(({ id }) => id),
    );
    return new Map([...seqs, ...opened]);
  }

  private async accountSeqs(tx: EntityManager, ids: readonly string[]): Promise<Map<string, string>> {
    const rows: { id: string; seq: string }[] = await tx.query(
      `SELECT id, seq FROM ledger_account WHERE id = ANY($1)`,
      [ids],
    );
    return new Map(rows.map(({ id, seq }) => [id, seq]));
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

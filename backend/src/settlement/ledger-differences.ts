import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ChainIdentity } from '../platform/chain-identity.ts';
import type { Difference } from './reconciliation.ts';

export interface AgedDifference extends Difference {
  readonly firstSeenAtMs: number;
}

interface DifferenceRow {
  account: string;
  ledger_pico_usd: string;
  chain_pico_usd: string;
  first_seen_at_ms: string;
}

/** The differences that stand, each since it was first seen. */
@Injectable()
export class LedgerDifferences {
  constructor(
    private readonly dataSource: DataSource,
    private readonly chain: ChainIdentity,
  ) {}

  /** Takes a round's findings: new ones start to age, old ones keep their age, the others are explained and gone. Oldest first. */
  async replace(found: readonly Difference[], nowMs: number): Promise<AgedDifference[]> {
    return this.dataSource.transaction(async (tx) => {
      await tx.query(`DELETE FROM ledger_difference WHERE chain_ref = $1 AND account <> ALL ($2)`, [
        this.chain.ref,
        found.map(({ account }) => account),
      ]);
      await tx.query(
        `INSERT INTO ledger_difference (chain_ref, account, ledger_pico_usd, chain_pico_usd, first_seen_at_ms)
         SELECT $1, account, ledger, chain, $2 FROM unnest($3::text[], $4::numeric[], $5::numeric[]) AS d (account, ledger, chain)
         ON CONFLICT (chain_ref, account) DO UPDATE SET ledger_pico_usd = excluded.ledger_pico_usd, chain_pico_usd = excluded.chain_pico_usd`,
        [
          this.chain.ref,
          nowMs,
          found.map(({ account }) => account),
          found.map(({ ledgerPicoUsd }) => `${ledgerPicoUsd}`),
          found.map(({ chainPicoUsd }) => `${chainPicoUsd}`),
        ],
      );
      const rows: DifferenceRow[] = await tx.query(
        `SELECT account, ledger_pico_usd, chain_pico_usd, first_seen_at_ms FROM ledger_difference
          WHERE chain_ref = $1 ORDER BY first_seen_at_ms, account`,
        [this.chain.ref],
      );
      return rows.map((row) => ({
        account: row.account,
        ledgerPicoUsd: BigInt(row.ledger_pico_usd),
        chainPicoUsd: BigInt(row.chain_pico_usd),
        firstSeenAtMs: Number(row.first_seen_at_ms),
      }));
    });
  }
}

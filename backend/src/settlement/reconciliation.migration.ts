import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Reconciliation1763700001550 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ledger_difference (
        chain_ref integer NOT NULL, account text NOT NULL, ledger_pico_usd numeric(48,0) NOT NULL,
        chain_pico_usd numeric(48,0) NOT NULL, first_seen_at_ms bigint NOT NULL,
        CONSTRAINT ledger_difference_pk PRIMARY KEY (chain_ref, account)
      );`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ledger_difference;`);
  }
}

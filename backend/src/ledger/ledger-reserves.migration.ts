import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the chain keeps for one enclave of an order: the ledger must promise it to no other. */
export class LedgerReserves1763700001800 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE hold_pair ADD COLUMN assured_pico_usd numeric(48, 0) NOT NULL DEFAULT 0,
        ADD CONSTRAINT hold_pair_assured_within_held CHECK (assured_pico_usd >= 0 AND assured_pico_usd <= held_pico_usd);`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE hold_pair DROP COLUMN assured_pico_usd;`);
  }
}

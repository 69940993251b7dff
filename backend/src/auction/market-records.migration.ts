import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Records, and what they are made of, are read from the log by kind. */
export class MarketRecords1763700001600 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX log_leaf_by_kind ON log_leaf (chain_ref, kind, leaf_index);`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX log_leaf_by_kind;`);
  }
}

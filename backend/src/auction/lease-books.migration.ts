import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What shows a clearing's books. Leases from before it can show none. */
export class LeaseBooks1763700002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE lease ADD COLUMN books text NOT NULL DEFAULT '[]';
      ALTER TABLE lease ALTER COLUMN books DROP DEFAULT;`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE lease DROP COLUMN books;`);
  }
}

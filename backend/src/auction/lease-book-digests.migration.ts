import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Trees have digests now (decision 0028): what was stored before shows no book of theirs any more. Rows may not be changed. */
export class LeaseBookDigests1763700002200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(forgetBooks);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(forgetBooks);
  }
}

const forgetBooks = `ALTER TABLE lease DROP COLUMN books;
  ALTER TABLE lease ADD COLUMN books text NOT NULL DEFAULT '[]';
  ALTER TABLE lease ALTER COLUMN books DROP DEFAULT;`;

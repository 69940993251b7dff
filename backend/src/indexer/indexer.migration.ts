import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Indexer1763700000400 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE chain_block (
        chain_ref integer NOT NULL, height bigint NOT NULL, hash text NOT NULL,
        CONSTRAINT chain_block_pk PRIMARY KEY (chain_ref, height)
      );
      CREATE TABLE chain_event (
        chain_ref integer NOT NULL, height bigint NOT NULL, log_index integer NOT NULL, tx_hash text NOT NULL,
        name text NOT NULL, subject text NOT NULL, args jsonb NOT NULL,
        CONSTRAINT chain_event_pk PRIMARY KEY (chain_ref, height, log_index)
      );
      CREATE INDEX chain_event_by_subject ON chain_event (chain_ref, name, subject);
      CREATE TABLE chain_cursor (
        chain_ref integer NOT NULL, height bigint NOT NULL, hash text NOT NULL, booked_height bigint NOT NULL,
        CONSTRAINT chain_cursor_pk PRIMARY KEY (chain_ref),
        CONSTRAINT chain_cursor_booked_is_stored CHECK (booked_height <= height)
      );`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE chain_cursor, chain_event, chain_block;`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Leases1763700000900 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE lease (
        lease_id text NOT NULL, chain_ref integer NOT NULL, request_id text NOT NULL, owner text NOT NULL,
        expires_at_ms bigint NOT NULL, clearing_index bigint NOT NULL, input_indexes bigint[] NOT NULL, "grant" text NOT NULL,
        CONSTRAINT lease_pk PRIMARY KEY (lease_id)
      );
      CREATE UNIQUE INDEX lease_by_request ON lease (request_id);
      CREATE INDEX lease_by_expiry ON lease (chain_ref, expires_at_ms);
      CREATE TRIGGER lease_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON lease
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE lease;`);
  }
}

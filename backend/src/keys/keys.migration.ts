import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ApiKeys1763700000600 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE api_key (
        key_id text NOT NULL, chain_ref integer NOT NULL, owner text NOT NULL, key_sha256 bytea NOT NULL,
        nonce text NOT NULL, issued_at_ms bigint NOT NULL,
        CONSTRAINT api_key_pk PRIMARY KEY (key_id)
      );
      CREATE UNIQUE INDEX api_key_by_nonce ON api_key (chain_ref, owner, nonce);
      CREATE UNIQUE INDEX api_key_by_hash ON api_key (key_sha256);`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE api_key;`);
  }
}

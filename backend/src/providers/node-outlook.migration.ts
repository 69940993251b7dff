import type { MigrationInterface, QueryRunner } from 'typeorm';

export class NodeOutlook1763700002300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE node_outlook (
        chain_ref integer NOT NULL, node_key text NOT NULL, at_ms bigint NOT NULL, valid_until_ms bigint NOT NULL,
        message text NOT NULL,
        CONSTRAINT node_outlook_pk PRIMARY KEY (chain_ref, node_key)
      );`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE node_outlook;`);
  }
}

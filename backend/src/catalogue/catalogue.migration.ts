import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Catalogue1763700000700 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE price_card (
        chain_ref integer NOT NULL, price_card_hash text NOT NULL, model_digest text NOT NULL,
        valid_from_ms bigint NOT NULL, log_index bigint NOT NULL, message text NOT NULL,
        CONSTRAINT price_card_pk PRIMARY KEY (chain_ref, price_card_hash)
      );
      CREATE INDEX price_card_by_model ON price_card (chain_ref, model_digest, valid_from_ms);
      CREATE TRIGGER price_card_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON price_card
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE price_card;`);
  }
}

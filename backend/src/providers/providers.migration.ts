import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AskLog1763700000800 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ask_log (
        chain_ref integer NOT NULL, log_index bigint NOT NULL, kind text NOT NULL, node_key text NOT NULL,
        message_id text NOT NULL, seq bigint NOT NULL, at_ms bigint NOT NULL, platform_id text, message text NOT NULL,
        CONSTRAINT ask_log_pk PRIMARY KEY (chain_ref, log_index)
      );
      CREATE UNIQUE INDEX ask_log_by_node ON ask_log (chain_ref, kind, node_key, seq);
      CREATE UNIQUE INDEX ask_log_by_message ON ask_log (chain_ref, message_id);
      CREATE TRIGGER ask_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ask_log
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ask_log;`);
  }
}

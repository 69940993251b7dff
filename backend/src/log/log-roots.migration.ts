import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LogRoots1763700001900 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE log_root (
        chain_ref integer NOT NULL, tree_size bigint NOT NULL, root text NOT NULL,
        CONSTRAINT log_root_pk PRIMARY KEY (chain_ref, tree_size)
      );
      INSERT INTO log_root SELECT DISTINCT chain_ref, tree_size, root FROM log_checkpoint;
      CREATE TRIGGER log_root_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_root
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE log_root;`);
  }
}

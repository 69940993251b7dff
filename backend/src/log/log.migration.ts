import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TransparencyLog1763700000300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE log_leaf (
        chain_ref integer NOT NULL, leaf_index bigint NOT NULL, kind text NOT NULL,
        leaf_hash bytea NOT NULL, entry text NOT NULL,
        CONSTRAINT log_leaf_pk PRIMARY KEY (chain_ref, leaf_index)
      );
      CREATE UNIQUE INDEX log_leaf_by_hash ON log_leaf (chain_ref, leaf_hash);
      CREATE TABLE log_node (
        chain_ref integer NOT NULL, level smallint NOT NULL, node_index bigint NOT NULL, hash bytea NOT NULL,
        CONSTRAINT log_node_pk PRIMARY KEY (chain_ref, level, node_index)
      );
      CREATE TABLE log_checkpoint (
        chain_ref integer NOT NULL, tree_size bigint NOT NULL, time_ms bigint NOT NULL,
        root text NOT NULL, note text NOT NULL,
        CONSTRAINT log_checkpoint_pk PRIMARY KEY (chain_ref, tree_size, time_ms)
      );`);
    for (const table of ['log_leaf', 'log_node', 'log_checkpoint'])
      await runner.query(`
        CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
          FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE log_checkpoint, log_node, log_leaf;`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { overCommitmentTrigger, zeroSumTrigger } from './ledger.migration.ts';

/**
 * The same rules as before, checked once per statement instead of once per row, so that a batch of many transfers costs
 * little more than one, and in time that does not grow with the tables.
 */
export class LedgerBatches1763700001500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER ledger_entry_sums_to_zero ON ledger_entry;
      DROP FUNCTION ledger_check_zero_sum;
      DROP TRIGGER hold_pair_within_order ON hold_pair;
      DROP FUNCTION hold_check_over_commitment;`);
    await runner.query(entriesFunction);
    await runner.query(accountGuards);
    await runner.query(overCommitmentTriggers);
    await runner.query(storage);
  }

  /** `ledger_apply_entries` stays: it asks for more than its predecessor, nothing less. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER hold_pair_inserted_within_order ON hold_pair;
      DROP TRIGGER hold_pair_updated_within_order ON hold_pair;
      DROP FUNCTION hold_check_over_commitment;
      DROP INDEX settlement_intent_open;
      CREATE INDEX settlement_intent_by_pair ON settlement_intent (order_hash, enclave_key);
      DROP INDEX hold_grant_running;
      CREATE INDEX hold_grant_by_pair ON hold_grant (order_hash, enclave_key);
      CREATE INDEX ledger_entry_by_account ON ledger_entry (account_id);`);
    await runner.query(zeroSumTrigger);
    await runner.query(overCommitmentTrigger);
  }
}

// Planned on the first, small statement of a session and kept for the largest: without the settings that plan may read whole tables.
const entriesFunction = `
  CREATE OR REPLACE FUNCTION ledger_apply_entries() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
  DECLARE
    lopsided text;
    moved bigint;
  BEGIN
    SELECT transfer_id INTO lopsided FROM added GROUP BY transfer_id HAVING sum(amount) <> 0 LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION 'ledger transfer % does not sum to zero', lopsided
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    UPDATE ledger_account a SET balance = a.balance + s.total
      FROM (SELECT account_id, sum(amount) AS total FROM added GROUP BY account_id ORDER BY account_id) s WHERE a.id = s.account_id;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved <> (SELECT count(DISTINCT account_id) FROM added)
       OR EXISTS (SELECT 1 FROM (SELECT DISTINCT transfer_id FROM added) d
                   WHERE NOT EXISTS (SELECT 1 FROM ledger_transfer t WHERE t.id = d.transfer_id)) THEN
      RAISE EXCEPTION 'ledger entry of an unknown account or transfer' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
  END $$;`;

// The same guards, called only where they have something to refuse.
const accountGuards = `
  DROP TRIGGER ledger_account_guard ON ledger_account;
  DROP TRIGGER ledger_account_opens_empty ON ledger_account;
  CREATE TRIGGER ledger_account_guard BEFORE UPDATE ON ledger_account
    FOR EACH ROW WHEN (pg_trigger_depth() < 1) EXECUTE FUNCTION ledger_guard_balance();
  CREATE TRIGGER ledger_account_opens_empty BEFORE INSERT ON ledger_account
    FOR EACH ROW WHEN (NEW.balance <> 0) EXECUTE FUNCTION ledger_guard_opening();`;

// Σ held ≤ maxSpend after every statement, once more and independently of the application's arithmetic.
const overCommitmentTriggers = `
  CREATE FUNCTION hold_check_over_commitment() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
  DECLARE
    passed text;
  BEGIN
    SELECT b.order_hash INTO passed FROM (SELECT DISTINCT order_hash FROM changed) c
      JOIN hold_book b ON b.order_hash = c.order_hash
     WHERE (SELECT sum(held_pico_usd) FROM hold_pair p WHERE p.order_hash = b.order_hash) > b.max_spend_pico_usd LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION 'holds on order % pass its maximum spend', passed
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER hold_pair_inserted_within_order AFTER INSERT ON hold_pair
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION hold_check_over_commitment();
  CREATE TRIGGER hold_pair_updated_within_order AFTER UPDATE ON hold_pair
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION hold_check_over_commitment();`;

// Room on the page for new versions of the rows that every batch updates; and indexes hold only the grants that
// still reserve something and the intents that may still change, so that a look-up does not slow down with a pair's history.
const storage = `
  ALTER TABLE ledger_account SET (fillfactor = 50);
  ALTER TABLE hold_book SET (fillfactor = 50);
  ALTER TABLE hold_pair SET (fillfactor = 50);
  DROP INDEX hold_grant_by_pair;
  CREATE INDEX hold_grant_running ON hold_grant (order_hash, enclave_key, expires_at_ms)
    WHERE NOT ended AND used_pico_usd < granted_pico_usd;
  DROP INDEX ledger_entry_by_account;
  DROP INDEX settlement_intent_by_pair;
  CREATE INDEX settlement_intent_open ON settlement_intent (order_hash, enclave_key)
    WHERE state IN ('waiting', 'pending');`;

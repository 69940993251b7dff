import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Double entry, kept by the database itself: whatever the application does, money neither appears nor vanishes. */
export class Ledger1763700000200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(balanceTrigger);
    await runner.query(zeroSumTrigger);
    await runner.query(overCommitmentTrigger);
    await runner.query(appendOnlyTriggers);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE hold_statement, hold_grant, hold_pair, hold_book, ledger_entry, ledger_transfer, ledger_account;
      DROP FUNCTION ledger_apply_entries, ledger_guard_balance, ledger_guard_opening, ledger_check_zero_sum, hold_check_over_commitment;`);
  }
}

const tables = `
  CREATE TABLE ledger_account (
    id text NOT NULL, chain_ref integer NOT NULL, kind text NOT NULL, may_go_negative boolean NOT NULL,
    balance numeric(48,0) NOT NULL DEFAULT 0,
    CONSTRAINT ledger_account_pk PRIMARY KEY (id),
    CONSTRAINT ledger_account_never_negative CHECK (may_go_negative OR balance >= 0)
  );
  CREATE TABLE ledger_transfer (
    id text NOT NULL, kind text NOT NULL, booked_at_ms bigint NOT NULL,
    CONSTRAINT ledger_transfer_pk PRIMARY KEY (id)
  );
  CREATE TABLE ledger_entry (
    transfer_id text NOT NULL, account_id text NOT NULL, amount numeric(48,0) NOT NULL,
    CONSTRAINT ledger_entry_pk PRIMARY KEY (transfer_id, account_id),
    CONSTRAINT ledger_entry_moves_something CHECK (amount <> 0)
  );
  CREATE INDEX ledger_entry_by_account ON ledger_entry (account_id);
  CREATE TABLE hold_book (
    order_hash text NOT NULL, chain_ref integer NOT NULL, buyer text NOT NULL,
    max_spend_pico_usd numeric(48,0) NOT NULL, max_spend_per_enclave_pico_usd numeric(48,0) NOT NULL,
    valid_until_unix_sec bigint NOT NULL, hold_sequence bigint NOT NULL DEFAULT 0, closed boolean NOT NULL DEFAULT false,
    CONSTRAINT hold_book_pk PRIMARY KEY (order_hash),
    CONSTRAINT hold_book_sequence_counts CHECK (hold_sequence >= 0)
  );
  CREATE TABLE hold_pair (
    order_hash text NOT NULL, enclave_key text NOT NULL,
    held_pico_usd numeric(48,0) NOT NULL DEFAULT 0, captured_pico_usd numeric(48,0) NOT NULL DEFAULT 0,
    settled_pico_usd numeric(48,0) NOT NULL DEFAULT 0, expires_at_ms bigint NOT NULL DEFAULT 0,
    CONSTRAINT hold_pair_pk PRIMARY KEY (order_hash, enclave_key),
    CONSTRAINT hold_pair_captured_within_held CHECK (captured_pico_usd >= 0 AND captured_pico_usd <= held_pico_usd),
    CONSTRAINT hold_pair_settled_within_captured CHECK (settled_pico_usd >= 0 AND settled_pico_usd <= captured_pico_usd)
  );
  CREATE INDEX hold_pair_by_enclave ON hold_pair (enclave_key);
  CREATE TABLE hold_grant (
    lease_id text NOT NULL, order_hash text NOT NULL, enclave_key text NOT NULL,
    granted_pico_usd numeric(48,0) NOT NULL, used_pico_usd numeric(48,0) NOT NULL DEFAULT 0,
    expires_at_ms bigint NOT NULL, ended boolean NOT NULL DEFAULT false,
    CONSTRAINT hold_grant_pk PRIMARY KEY (lease_id),
    CONSTRAINT hold_grant_used_within_granted CHECK (used_pico_usd >= 0 AND used_pico_usd <= granted_pico_usd)
  );
  CREATE INDEX hold_grant_by_pair ON hold_grant (order_hash, enclave_key);
  CREATE TABLE hold_statement (
    order_hash text NOT NULL, hold_sequence bigint NOT NULL, enclave_key text NOT NULL,
    held_cumulative_pico_usd numeric(48,0) NOT NULL, expires_at_ms bigint NOT NULL, signature text NOT NULL,
    CONSTRAINT hold_statement_pk PRIMARY KEY (order_hash, hold_sequence)
  );`;

// Row locks are taken in id order, so transfers that touch the same accounts wait for each other and never deadlock.
export const balanceTrigger = `
  CREATE FUNCTION ledger_apply_entries() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM 1 FROM ledger_account WHERE id IN (SELECT account_id FROM added) ORDER BY id FOR UPDATE;
    UPDATE ledger_account a SET balance = a.balance + s.total
      FROM (SELECT account_id, sum(amount) AS total FROM added GROUP BY account_id) s WHERE a.id = s.account_id;
    IF EXISTS (SELECT 1 FROM added WHERE account_id NOT IN (SELECT id FROM ledger_account)
               OR transfer_id NOT IN (SELECT id FROM ledger_transfer)) THEN
      RAISE EXCEPTION 'ledger entry of an unknown account or transfer' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER ledger_entry_moves_balance AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_apply_entries();

  CREATE FUNCTION ledger_guard_balance() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF pg_trigger_depth() < 2 THEN
      RAISE EXCEPTION 'ledger balances move by entries only' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER ledger_account_guard BEFORE UPDATE ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_guard_balance();
  CREATE FUNCTION ledger_guard_opening() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NEW.balance <> 0 THEN
      RAISE EXCEPTION 'ledger accounts open empty' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER ledger_account_opens_empty BEFORE INSERT ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_guard_opening();`;

export const zeroSumTrigger = `
  CREATE FUNCTION ledger_check_zero_sum() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF (SELECT sum(amount) FROM ledger_entry WHERE transfer_id = NEW.transfer_id) <> 0 THEN
      RAISE EXCEPTION 'ledger transfer % does not sum to zero', NEW.transfer_id
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
  END $$;
  CREATE CONSTRAINT TRIGGER ledger_entry_sums_to_zero AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_zero_sum();`;

// Σ held ≤ maxSpend, once more and independently of the application's arithmetic.
export const overCommitmentTrigger = `
  CREATE FUNCTION hold_check_over_commitment() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF (SELECT sum(held_pico_usd) FROM hold_pair WHERE order_hash = NEW.order_hash)
       > (SELECT max_spend_pico_usd FROM hold_book WHERE order_hash = NEW.order_hash) THEN
      RAISE EXCEPTION 'holds on order % pass its maximum spend', NEW.order_hash
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
  END $$;
  CREATE CONSTRAINT TRIGGER hold_pair_within_order AFTER INSERT OR UPDATE ON hold_pair
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold_check_over_commitment();`;

const appendOnlyTriggers = ['ledger_transfer', 'ledger_entry', 'hold_statement']
  .map(
    (table) => `
    CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();`,
  )
  .concat(`
    CREATE TRIGGER ledger_account_stays BEFORE DELETE OR TRUNCATE ON ledger_account
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();`)
  .join('');

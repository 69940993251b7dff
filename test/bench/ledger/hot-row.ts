import { Pool } from 'pg';
import { hashOf } from './hashes.ts';
import type { HoldAndCapture, LedgerJob } from './job-load.ts';

/** More callers only wait for the row longer. */
export const hotRowClients = 16;

/**
 * The ledger as it is usually written, on the same server: a stored procedure and a transaction per operation, balances
 * with CHECK, immutable double entries, and one row for the operator's fees that every capture updates.
 */
export async function openHotRowLedger(
  databaseUrl: string,
  payers: readonly string[],
): Promise<HoldAndCapture & { stop(): Promise<void> }> {
  const pool = new Pool({ connectionString: databaseUrl, max: hotRowClients });
  await pool.query(schema);
  await pool.query(`INSERT INTO account SELECT id, 1e18 FROM unnest($1::text[]) AS payer (id)`, [payers]);
  const call = async (name: 'hold' | 'capture', { id, orderHash, enclaveKey, picoUsd }: LedgerJob) => {
    const transferId = `${name}:${hashOf(orderHash, id)}`;
    await pool.query({
      name,
      text: `SELECT hot_${name}($1, $2, $3, $4)`,
      values: [transferId, orderHash, enclaveKey, `${picoUsd}`],
    });
  };
  return {
    hold: (job) => call('hold', job),
    capture: (job) => call('capture', job),
    stop: () => pool.end(),
  };
}

const schema = `
  CREATE TABLE account (id text PRIMARY KEY, balance numeric(48,0) NOT NULL CHECK (balance >= 0)) WITH (fillfactor = 50);
  CREATE TABLE transfer (id text PRIMARY KEY, kind text NOT NULL);
  CREATE TABLE entry (
    transfer_id text NOT NULL, account_id text NOT NULL, amount numeric(48,0) NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (transfer_id, account_id)
  );
  INSERT INTO account VALUES ('fee', 0);
  CREATE FUNCTION hot_move(transfer text, account text, moved numeric) RETURNS void LANGUAGE sql AS $$
    INSERT INTO entry VALUES (transfer, account, moved);
    INSERT INTO account AS a VALUES (account, greatest(moved, 0)) ON CONFLICT (id) DO UPDATE SET balance = a.balance + moved;
  $$;
  CREATE FUNCTION hot_hold(transfer text, payer text, enclave text, moved numeric) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO transfer VALUES (transfer, 'hold');
    PERFORM hot_move(transfer, payer, -moved);
    PERFORM hot_move(transfer, 'held:' || payer || ':' || enclave, moved);
  END $$;
  CREATE FUNCTION hot_capture(transfer text, payer text, enclave text, moved numeric) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE
    fee numeric := floor(moved / 40) + 1;
  BEGIN
    INSERT INTO transfer VALUES (transfer, 'capture');
    PERFORM hot_move(transfer, 'held:' || payer || ':' || enclave, -moved);
    PERFORM hot_move(transfer, 'earned:' || payer || ':' || enclave, moved - fee);
    PERFORM hot_move(transfer, 'fee', fee);
  END $$;`;

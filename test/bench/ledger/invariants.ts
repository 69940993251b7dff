import type { DataSource } from 'typeorm';

/** Each counts what breaks it; all zero, or the ledger is wrong. */
const invariants = {
  transfersNotZeroSum: `SELECT count(*) FROM (SELECT FROM ledger_entry GROUP BY transfer_seq HAVING sum(amount) <> 0 OR count(*) < 2) x`,
  transfersWithoutEntries: `SELECT count(*) FROM ledger_transfer t WHERE NOT EXISTS (SELECT FROM ledger_entry e WHERE e.transfer_seq = t.seq)`,
  balancesThatAreNotTheirEntries: `
    SELECT count(*) FROM ledger_account a FULL JOIN (SELECT account_seq, sum(amount) AS total FROM ledger_entry GROUP BY 1) e
      ON e.account_seq = a.seq WHERE coalesce(a.balance, -1) <> coalesce(e.total, 0)`,
  negativeBalances: `SELECT count(*) FROM ledger_account WHERE balance < 0 AND kind <> 'outside'`,
  pairsThatAreNotTheirAccounts: `
    SELECT count(*) FROM hold_pair p JOIN hold_book b ON b.order_hash = p.order_hash
      LEFT JOIN ledger_account h ON h.id = b.chain_ref || ':held:' || p.order_hash || ':' || p.enclave_key
      LEFT JOIN ledger_account e ON e.id = b.chain_ref || ':earned:' || p.order_hash || ':' || p.enclave_key
     WHERE held_pico_usd - captured_pico_usd <> coalesce(h.balance, 0)
        OR captured_pico_usd - settled_pico_usd <> coalesce(e.balance, 0)`,
  ordersThatDoNotAddUp: `
    SELECT count(*) FROM hold_book b JOIN ledger_account f ON f.id = b.chain_ref || ':order:' || b.order_hash
     WHERE f.balance + (SELECT coalesce(sum(held_pico_usd), 0) FROM hold_pair p WHERE p.order_hash = b.order_hash)
        <> b.max_spend_pico_usd`,
  pairsWithoutTheirNewestHold: `
    SELECT count(*) FROM hold_pair p LEFT JOIN LATERAL (
      SELECT held_cumulative_pico_usd FROM hold_statement s WHERE s.order_hash = p.order_hash AND s.enclave_key = p.enclave_key
       ORDER BY hold_sequence DESC LIMIT 1) s ON true
     WHERE s.held_cumulative_pico_usd IS DISTINCT FROM p.held_pico_usd`,
  pairsWithMoreReservedThanHeld: `
    SELECT count(*) FROM hold_pair p JOIN (
      SELECT order_hash, enclave_key, sum(granted_pico_usd) AS granted, sum(used_pico_usd) AS used FROM hold_grant GROUP BY 1, 2) g
      ON g.order_hash = p.order_hash AND g.enclave_key = p.enclave_key
     WHERE g.granted <> p.held_pico_usd OR g.used <> p.captured_pico_usd`,
} as const;

export type InvariantBreaks = Readonly<Record<keyof typeof invariants, number>>;

/** Recounts the whole ledger of loads whose jobs capture exactly what they hold. */
export async function countBreaks(dataSource: DataSource): Promise<InvariantBreaks> {
  const counted: [string, number][] = [];
  for (const [name, sql] of Object.entries(invariants)) {
    const rows: { count: string }[] = await dataSource.query(sql);
    counted.push([name, Number(rows[0]?.count)]);
  }
  return Object.fromEntries(counted) as InvariantBreaks;
}

export const totalBreaks = (breaks: InvariantBreaks) =>
  Object.values(breaks).reduce((sum, count) => sum + count, 0);

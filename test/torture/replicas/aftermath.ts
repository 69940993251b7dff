import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { routes } from '@hearth/sdk/protocol';
import { writeTrustFile } from '../../demo/buyer-files.ts';
import { GatewayBooks } from '../../e2e/gateway-books.ts';
import { until } from '../../e2e/until.ts';
import type { Market } from '../../market/market.ts';
import { repositoryRoot } from '../../market/paths.ts';

export interface Aftermath {
  /** Receipts in the homes' journals, and how many of them the market does not have. */
  readonly journaledReceipts: number;
  readonly lostReceipts: number;
  readonly storedReceipts: number;
  readonly clearings: number;
  readonly asks: number;
  /** Accounts whose ledger balance is not the chain's; expected none. */
  readonly ledgerAccounts: number;
  readonly ledgerDifferences: readonly string[];
  readonly paidMicroUsd: string;
  /** `hearth audit replay` with every promise that any home has heard. */
  readonly audit: AuditResult;
  /** Replicas that computed another root of the log; expected none. */
  readonly rootFaults: number;
}

interface AuditResult {
  readonly ok: boolean;
  readonly [fact: string]: unknown;
}

const QUIET_MS = 120_000;
const AUDIT_MS = 600_000;

/** Waits until everything owed is told and paid, then holds the market to its log, its homes' journals and the chain. */
export async function lookAt(
  market: Market & { readonly databaseUrl: string },
  dataDirs: readonly string[],
  dir: string,
  tell: (progress: string) => void,
): Promise<Aftermath> {
  const books = await GatewayBooks.open(market);
  try {
    const journaled = dataDirs.flatMap(journaledReceipts);
    tell(`${journaled.length} receipts in journals; waiting until they are stored and paid`);
    const lost = await storedAll(books, journaled);
    await settledAll(books);
    const balances = await books.besideChain();
    const different = balances.filter(({ ledgerPicoUsd, chainPicoUsd }) => ledgerPicoUsd !== chainPicoUsd);
    tell('replaying the log');
    return {
      journaledReceipts: journaled.length,
      lostReceipts: lost,
      storedReceipts: await countOf(books, 'receipt'),
      clearings: await countOf(books, `log_leaf WHERE kind = 'clearing'`),
      asks: await countOf(books, `log_leaf WHERE kind = 'ask'`),
      ledgerAccounts: balances.length,
      ledgerDifferences: different.map(
        ({ account, ledgerPicoUsd, chainPicoUsd }) =>
          `${account}: ledger ${ledgerPicoUsd}, chain ${chainPicoUsd} pUSD`,
      ),
      paidMicroUsd: String(sumOf(balances, 'provider') / 1_000_000n),
      audit: await audit(market, dataDirs, dir),
      rootFaults: await rootFaults(market),
    };
  } finally {
    await books.stop();
  }
}

/** One record a line, behind the eight digits of its checksum. */
function journaledReceipts(dataDir: string): string[] {
  const path = join(dataDir, 'journal.ndjson');
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  const records = lines.map((line) => JSON.parse(line.slice(9)) as { kind: string; receiptHash?: string });
  return records.flatMap(({ kind, receiptHash }) => (kind === 'receipt' && receiptHash ? [receiptHash] : []));
}

/** @returns how many are still missing when patience ends */
async function storedAll(books: GatewayBooks, hashes: readonly string[]): Promise<number> {
  const missing = async () => {
    const { rows } = await books.sql.query(
      'SELECT count(*) AS missing FROM unnest($1::text[]) AS j (hash) WHERE NOT EXISTS (SELECT FROM receipt WHERE receipt_hash = hash)',
      [hashes],
    );
    return Number(rows[0].missing);
  };
  return until('journaled receipts at the market', missing, (count) => count === 0, QUIET_MS).catch(missing);
}

async function settledAll(books: GatewayBooks): Promise<void> {
  const open = () => countOf(books, `settlement_intent WHERE state IN ('pending', 'sending')`);
  await until('settlements under way', open, (count) => count === 0, QUIET_MS);
}

async function countOf(books: GatewayBooks, rows: string): Promise<number> {
  return Number((await books.sql.query(`SELECT count(*) AS rows FROM ${rows}`)).rows[0].rows);
}

const sumOf = (balances: readonly { account: string; chainPicoUsd: bigint }[], kind: string): bigint =>
  balances.reduce(
    (sum, { account, chainPicoUsd }) => (account.startsWith(`${kind} `) ? sum + chainPicoUsd : sum),
    0n,
  );

/** The command that anybody may run, over public HTTP. */
async function audit(market: Market, dataDirs: readonly string[], dir: string): Promise<AuditResult> {
  writeTrustFile(dir, market.trust);
  const promises = dataDirs.flatMap((dataDir) =>
    ['promises.jsonl.1', 'promises.jsonl'].map((file) => join(dataDir, file)).filter(existsSync),
  );
  const args = ['audit', 'replay', '--log', market.gatewayUrl, '--trust', join(dir, 'trust.json'), '--json'];
  const main = join(repositoryRoot, 'sdk/dist/cli/main.js');
  const stdout = await new Promise<string>((resolve, reject) =>
    execFile(
      process.execPath,
      [main, ...args, ...promises.flatMap((path) => ['--promises', path])],
      { maxBuffer: 1 << 26, timeout: AUDIT_MS },
      (error, out, err) =>
        out === '' ? reject(new Error(`hearth audit: ${err}`, { cause: error })) : resolve(out),
    ),
  );
  return JSON.parse(stdout) as AuditResult;
}

async function rootFaults({ gateways }: Market): Promise<number> {
  const levels = await Promise.all(
    gateways.map(async ({ url }) => {
      const metrics = await (await fetch(url + routes.metrics)).text();
      return Number(/^hearth_log_roots_differ (\d)$/m.exec(metrics)?.[1] ?? 1);
    }),
  );
  return levels.reduce((sum, level) => sum + level, 0);
}

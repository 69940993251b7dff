import 'reflect-metadata';
import type { Hex } from '@hearth/attestation/receipt';
import { type Ask, ask, ed25519Key, type LogEntryJson, logEntry, signMessage } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { MarketBook } from '../../backend/src/auction/market-book.ts';
import { LogEntries } from '../../backend/src/log/log-entries.ts';
import { LogNews } from '../../backend/src/log/log-news.ts';
import { LogTail } from '../../backend/src/log/log-tail.ts';
import { NodeStore } from '../../backend/src/log/node-store.ts';
import { TransparencyLog } from '../../backend/src/log/transparency-log.ts';
import { SystemClock } from '../../backend/src/platform/clock.ts';
import type { Config } from '../../backend/src/platform/config.ts';
import { Loops } from '../../backend/src/platform/loops.ts';
import { StructuredLog } from '../../backend/src/platform/structured-log.ts';
import { type MigratedDatabase, startMigratedDatabase } from './database.ts';

let database: MigratedDatabase;
/** Of the replica that appends. */
let log: TransparencyLog;
/** Of a replica that nobody asks anything. */
let book: MarketBook;
let news: LogNews;
let loops: Loops;
/** Reached by the other replica's book; told in the order of `news`. */
const reached = new Map<number, () => void>();

beforeAll(async () => {
  database = await startMigratedDatabase('log_news');
  const { dataSource, chain } = database;
  log = new TransparencyLog(chain, new NodeStore(chain), new LogTail(chain));
  const clock = new SystemClock();
  loops = new Loops(clock, new StructuredLog('error', () => undefined));
  const { url } = dataSource.options as { url: string };
  news = new LogNews({ databaseUrl: url } as Config, chain, loops);
  book = new MarketBook(dataSource, new LogEntries(chain), log, news, clock);
  book.onModuleInit();
  news.follow(async (size) => reached.get(size)?.());
  news.onApplicationBootstrap();
});
afterAll(async () => {
  await loops?.beforeApplicationShutdown();
  await news?.onApplicationShutdown();
  await database?.stop();
});

const node = ed25519Key(new Uint8Array(32).fill(7));
const hash = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`;

function askEntry(multiplierPpm: number): LogEntryJson {
  const body: Ask = {
    v: 1,
    nodeKey: node.publicKey,
    provider: `0x${'a1'.repeat(20)}`,
    enclaveKey: `0x${'e1'.repeat(20)}`,
    model: 'ember',
    modelDigest: hash(1),
    priceCardHash: hash(2),
    tier: 0,
    class: 0,
    region: 'DE',
    multiplierPpm,
    slots: 1,
    maxContextTokens: 4_096,
    validFromMs: 0,
    validUntilMs: 2_000_000_000_000,
    seq: 1,
    prevAskHash: hash(0),
  };
  const entry = {
    kind: 'ask' as const,
    atMs: 1_000,
    platformId: hash(3),
    message: signMessage(ask, body, node),
  };
  return z.encode(logEntry, entry);
}

/** Appends as the first replica does. @returns the size that it makes, once the other replica's book has it */
async function appended(multiplierPpm: number): Promise<number> {
  const { dataSource } = database;
  const size = (await log.size(dataSource.manager)) + 1;
  const follows = new Promise<void>((resolve) => reached.set(size, resolve));
  await dataSource.transaction((tx) => log.append(tx, [askEntry(multiplierPpm)]));
  await follows;
  return size;
}

/** `upTo(0)` is the book as it is: it reads nothing. */
const booked = async (size: number) =>
  (await book.upTo(0)).asksOf(node.publicKey, size).map((standing) => standing.ask.multiplierPpm);

test('what one replica appends is in the book of another that nobody asked', async () => {
  const size = await appended(900_000);
  expect(await booked(size)).toEqual([900_000]);
});

test('a replica whose listening connection is cut listens again and has what was appended meanwhile', async () => {
  for (const multiplierPpm of [800_000, 700_000]) {
    const cut: { cut: boolean }[] = await database.dataSource.query(
      `SELECT pg_terminate_backend(pid) AS cut FROM pg_stat_activity
        WHERE application_name = 'hearth-log-news' AND datname = current_database()`,
    );
    expect(cut).toEqual([{ cut: true }]);
    const size = await appended(multiplierPpm);
    expect(await booked(size)).toEqual([multiplierPpm]);
  }
});

test('an append that is rolled back wakes nobody and leaves no trace', async () => {
  const { dataSource } = database;
  const before = await log.size(dataSource.manager);
  const failing = dataSource.transaction(async (tx) => {
    await log.append(tx, [askEntry(600_000)]);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await log.size(dataSource.manager)).toBe(before);
  expect(await booked(before + 1)).toEqual([700_000]);
});

import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { startPostgres } from '../environment/postgres.ts';
import type { Bench } from './bench.ts';
import type { BookFigures } from './market/measure-book.ts';
import { marketReport } from './market/report.ts';

const SEED = 20_261_121;
/** Asks, and the tick that prices are multiples of: a coarse one makes many effective asks equal. */
const BOOKS = [
  [10_000, 1],
  [100_000, 1],
  [100_000, 5_000],
  [1_000_000, 1],
] as const;
/** Built or from source, like this file. */
const script = join(import.meta.dirname, 'market', `measure-book${extname(import.meta.filename)}`);
const run = promisify(execFile);

/**
 * The indexed book beside a linear scan with the same function, a scan of typed arrays and an indexed query of Postgres: the
 * same asks and requests, one process for each size, and every answer compared.
 */
export const marketBench: Bench = async (parts, tell) => {
  const postgres = await startPostgres({ isolated: true });
  parts.add('postgres', postgres);
  const books: BookFigures[] = [];
  for (const [asks, tickPpm] of BOOKS) {
    tell(`${asks} asks, prices in steps of ${tickPpm} ppm, seed ${SEED}`);
    const database = await postgres.createDatabase('market');
    const args = [asks, tickPpm, SEED, database.url].map(String);
    const flags = process.execArgv.filter((flag) => flag.startsWith('--conditions'));
    const { stdout } = await run(process.execPath, [...flags, '--max-old-space-size=8192', script, ...args], {
      maxBuffer: 1 << 20,
    });
    books.push(JSON.parse(stdout) as BookFigures);
    await database.drop();
  }
  return marketReport({ books, cores: availableParallelism() });
};

// One size of the market bench in a process of its own: measure-book <asks> <tick ppm> <seed> <database url>
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  AskBook,
  type BookInput,
  type ClearingInput,
  type ClearingResult,
  clear,
  highestMultiplierFloor,
  maySomeBeHidden,
  openBooks,
  type ProvenAsks,
  type StandingAsk,
  soughtBy,
} from '@hearth/sdk/market';
import { base64ToBytes } from '@hearth/sdk/protocol';
import { percentile } from '../statistics.ts';
import { ArrayScan } from './array-scan.ts';
import {
  allPools,
  NOW_MS,
  priceCardHash,
  type SampleAsk,
  SampleBook,
  type SampleRequest,
} from './sample-book.ts';
import { SqlBook } from './sql-book.ts';

export interface Timing {
  readonly samples: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly meanUs: number;
}

export type BookFigures = Awaited<ReturnType<typeof measure>>;

/** V8's own. */
type Collector = (options?: {
  readonly type: string;
  readonly execution: string;
  readonly flavor: string;
}) => void;

/** For the linear scan by key, for the book by number. */
type SampleInput = SampleRequest & Pick<ClearingInput, 'attestedEnclaves'> & Pick<BookInput, 'isAttested'>;

/** As a gateway does that folds a log page by page. */
const FORGET_EVERY = 30_000;
const CLEARINGS = 200_000;
const WARM_UP = 20_000;
/** Asked of the slow ways too, as far as each has the time. */
const COMPARED_REQUESTS = 2_000;
/** Asks that the slow scans look at in all. */
const SCANNED = 20_000_000;
const COMPARED = 200;

async function measure(count: number, tickPpm: number, seed: number, databaseUrl: string) {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as Collector;
  /** Without the room for young objects that filling the book took (up to 128 MiB): the collector gives it back. */
  const settled = () => {
    collectGarbage({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    return process.memoryUsage.rss();
  };
  const rssBefore = settled();
  const book = new AskBook({ isProvable: true });
  const unattested = new Set<string>();
  /** By the book's number, as a gateway keeps them. */
  const isUnattested: boolean[] = [];
  let index = 0;
  let fillMs = 0;
  for (const sample of new SampleBook(seed, tickPpm).asks(count)) {
    const started = performance.now();
    index = put(book, sample, index);
    if (index % FORGET_EVERY === 0) book.forgetBelow(index);
    fillMs += performance.now() - started;
    isUnattested[book.enclaveNumber(sample.ask.enclaveKey)] = !sample.isAttested;
    if (!sample.isAttested) unattested.add(sample.ask.enclaveKey);
  }
  book.forgetBelow(index);
  const rootStarted = performance.now();
  for (const { modelDigest, jobClass } of allPools())
    book.booksOf({ modelDigest, class: jobClass, minTier: 0 }, priceCardHash, index);
  const rootsMs = performance.now() - rootStarted;
  const rssMiB = (settled() - rssBefore) / 2 ** 20;

  const asks = [...new SampleBook(seed, tickPpm).asks(count)];
  const drawn = new SampleBook(seed, tickPpm);
  for (const _ of drawn.asks(count)); // requests go on where the asks ended
  const attestedEnclaves = { has: (key: string) => !unattested.has(key) };
  const isAttested = (enclave: number) => !isUnattested[enclave];
  const nextRequest = (): SampleInput => ({ ...drawn.request(), attestedEnclaves, isAttested });
  const requests = Array.from({ length: COMPARED_REQUESTS }, nextRequest);
  const size = index;

  for (let n = 0; n < WARM_UP; n += 1) book.clear(nextRequest(), size);
  // Each request comes when it is cleared, as to a gateway, which then reads who won; an ask is read when somebody looks at it.
  const clock = timed(CLEARINGS, nextRequest, () => undefined);
  const indexed = timed(CLEARINGS, nextRequest, (input) => book.clear(input, size).winner?.askId);
  const scans = Math.max(3, Math.min(300, Math.floor(SCANNED / count)));
  const arrays = new ArrayScan(asks, NOW_MS, requests[0]?.beacon.timestampMs ?? 0);
  for (const input of requests.slice(0, 5)) arrays.best(input);
  const each = (length: number) => {
    const inputs = requests.values();
    return [length, () => inputs.next().value as SampleInput] as const;
  };
  const arrayScan = timed(...each(scans), (input) => arrays.best(input));
  const standing = asks.map(standingOf);
  const qualityPpmByPlatform = new Map(asks.map(({ platformId, qualityPpm }) => [platformId, qualityPpm]));
  const ofModel = Map.groupBy(standing, ({ ask }) => ask.modelDigest);
  const linear = (input: SampleInput, among: readonly StandingAsk[]) =>
    clear({ ...input, asks: among, qualityPpmByPlatform });
  for (const input of requests.slice(0, 3)) linear(input, standing);
  const modelScan = timed(...each(scans), (input) =>
    linear(input, ofModel.get(input.request.modelDigest) ?? []),
  );
  const wholeScan = timed(...each(Math.max(3, scans >> 2)), (input) => linear(input, standing));
  const compared = requests.slice(0, Math.min(COMPARED, scans));
  const disagreements = {
    linear: compared.filter(
      (input) =>
        !isEqual(book.clear(input, size), linear(input, ofModel.get(input.request.modelDigest) ?? [])),
    ).length,
    arrayScan: compared.filter((input) => ids(book.clear(input, size)).join() !== arrays.best(input).join())
      .length,
    sql: 0,
  };

  const sql = await SqlBook.open(databaseUrl);
  await sql.load(asks);
  for (const input of requests.slice(0, 200)) await sql.best(input);
  const sqlTimes = new Float64Array(requests.length);
  for (const [n, input] of requests.entries()) {
    const started = performance.now();
    const best = await sql.best(input);
    sqlTimes[n] = (performance.now() - started) * 1000;
    if (best.join() !== ids(book.clear(input, size)).join()) disagreements.sql += 1;
  }
  await sql.close();
  return {
    asks: count,
    tickPpm,
    seed,
    clock,
    indexed,
    modelScan,
    wholeScan,
    arrayScan,
    sql: timingOf(sqlTimes),
    compared: { linear: compared.length, arrayScan: compared.length, sql: requests.length },
    disagreements,
    rssMiB,
    fillUsPerAsk: (fillMs * 1000) / count,
    rootsMs,
    ...proofs(book, requests, size, collectGarbage),
  };
}

function put(
  book: AskBook,
  { used, qualityPpm, isAttested: _, ...logged }: SampleAsk,
  index: number,
): number {
  const { nodeKey, enclaveKey, slots } = logged.ask;
  book.putQuality(index, logged.platformId, qualityPpm);
  book.putCounter(index + 1, { nodeKey, enclaveKey, slots, used, pause: null }, NOW_MS - 3_600_000);
  book.putAsk(index + 2, logged);
  return index + 3;
}

function standingOf({ askId, ask, platformId, timestampMs, used }: SampleAsk): StandingAsk {
  return {
    askId,
    ask,
    platformId,
    timestampMs,
    standsFromMs: ask.validFromMs,
    freeSlots: ask.slots - used,
    usedSlots: used,
    isPaused: false,
  };
}

const rankingOf = ({ winner, runnersUp }: ClearingResult) =>
  winner === undefined ? [] : [winner, ...runnersUp];
const ids = (result: ClearingResult) => rankingOf(result).map(({ askId }) => askId as string);

/** Who is ranked, at which effective ask and price, and who was passed over. */
function isEqual(a: ClearingResult, b: ClearingResult): boolean {
  const said = (result: ClearingResult) =>
    [
      ...rankingOf(result).map(({ askId, effectiveAsk, multiplierPpm, prices }) => [
        askId,
        effectiveAsk,
        multiplierPpm,
        ...Object.values(prices),
      ]),
      result.unattested,
    ].join();
  return said(a) === said(b);
}

/** What shows one clearing, of all the pools that its request admits. */
function proofs(book: AskBook, requests: readonly SampleInput[], size: number, collectGarbage: Collector) {
  const bytes: { anywhere: number[]; regions: number[] } = { anywhere: [], regions: [] };
  const verifyUs: number[] = [];
  const proveUs: number[] = [];
  let refused = 0;
  const made = requests.map((input) => {
    const { request, regions, priceCard } = input;
    const ranked = rankingOf(book.clear(input, size));
    const sought = soughtBy(
      request,
      regions,
      ranked.map(({ effectiveAsk }) => effectiveAsk),
      highestMultiplierFloor(priceCard, request),
    );
    const { priceCardHash } = priceCard;
    const books = book.booksOf(request, priceCardHash, size);
    const proving = performance.now();
    const proof = book.prove(request, priceCardHash, sought, size);
    proveUs.push((performance.now() - proving) * 1000);
    return { input, ranked, sought, books, proof };
  });
  collectGarbage(); // whoever verifies does not have the prover's garbage
  for (const { input, ranked, sought, books, proof } of made) {
    const { request, regions, priceCard } = input;
    const { priceCardHash } = priceCard;
    const started = performance.now();
    const opened = openBooks({ books, request: { request }, priceCardHash }, proof);
    const isRefused = typeof opened === 'string' || maySomeBeHidden(opened, sought);
    verifyUs.push((performance.now() - started) * 1000);
    if (isRefused || !isShown(opened, ranked)) refused += 1;
    const length = proof.reduce((sum, { shown }) => sum + base64ToBytes(shown).length, 0);
    (regions.length === 0 ? bytes.anywhere : bytes.regions).push(length);
  }
  return {
    proofBytes: { anywhere: spread(bytes.anywhere), regions: spread(bytes.regions) },
    proofVerifyUs: spread(verifyUs),
    proofMakeUs: spread(proveUs),
    proofsRefused: refused,
  };
}

const isShown = ({ asks }: ProvenAsks, ranked: readonly { readonly askId: string }[]): boolean =>
  ranked.every(({ askId }) => asks.some((shown) => shown.askId === askId));

function spread(values: readonly number[]) {
  const sorted = Float64Array.from(values).sort();
  return { samples: sorted.length, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
}

function timed<T>(runs: number, next: () => T, run: (input: T) => unknown): Timing {
  const times = new Float64Array(runs);
  for (let n = 0; n < runs; n += 1) {
    const input = next();
    const started = process.hrtime.bigint();
    run(input);
    times[n] = Number(process.hrtime.bigint() - started) / 1000;
  }
  return timingOf(times);
}

function timingOf(timesUs: Float64Array): Timing {
  const sorted = timesUs.sort();
  const meanUs = sorted.reduce((sum, time) => sum + time, 0) / sorted.length;
  return { samples: sorted.length, p50Us: percentile(sorted, 0.5), p99Us: percentile(sorted, 0.99), meanUs };
}

const [count, tickPpm, seed, databaseUrl] = process.argv.slice(2);
process.stdout.write(
  `${JSON.stringify(await measure(Number(count), Number(tickPpm), Number(seed), databaseUrl ?? ''))}\n`,
);

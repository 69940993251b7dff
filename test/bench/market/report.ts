import type { BenchReport } from '../bench.ts';
import { rounded } from '../statistics.ts';
import type { BookFigures, Timing } from './measure-book.ts';

/** design/quality.md. */
const GOALS = {
  asks: 100_000,
  p50Us: 2,
  p99Us: 25,
  overScan: 500,
  overSql: 50,
  manyAsks: 1_000_000,
  rssMiB: 600,
  proofBytes: 2_000,
  proofVerifyUs: 1_000,
};

const method =
  'Asks and requests are drawn from the printed seed: 50 models with Zipf popularity, 3 classes, tiers 1 and 2, 12 regions (half ' +
  'of the requests name one or two), a third of the nodes full, 2 % not attested, 1 % ended, 1 % younger than the beacon. One ' +
  'process for each book. wholeScan is clear() over every ask as an object, modelScan over the asks of the model, arrayScan a ' +
  'typed-array scan of the whole book, sql the three best by a partial covering index over one loopback connection with a ' +
  'prepared statement. Ratios compare p50. clock is the same loop as index without a clearing: clearP50Us is the p50 of index less that of the clock. rssMiB is what the process grew by while it filled the book, Merkle trees included, ' +
  "before anything else was made and without the collector's room for young objects (up to 128 MiB while the book is filled). A proof is what shows one clearing, of all its pools; verify opens it, hashes it up to the roots and asks whether it hides anything.";

export function marketReport({
  books,
  cores,
}: {
  books: readonly BookFigures[];
  cores: number;
}): BenchReport {
  const rows = books.map(rowOf);
  const goals = goalsOf(rows);
  const wrong = books
    .map(
      ({ disagreements: { linear, arrayScan, sql }, proofsRefused }) =>
        linear + arrayScan + sql + proofsRefused,
    )
    .reduce((sum, count) => sum + count, 0);
  const figures = { books: rows, goals, wrong, cores, method };
  const ok = wrong === 0 && goals.every(({ met }) => met);
  return {
    figures,
    text: `${[...rows.map(lineOf), ...goals.map(goalLine), `wrong answers: ${wrong}`].join('\n')}\n`,
    ok,
  };
}

function rowOf(figures: BookFigures) {
  const { clock, indexed, modelScan, wholeScan, arrayScan, sql } = figures;
  const over = (other: Timing) => rounded(other.p50Us / indexed.p50Us);
  return {
    ...figures,
    clock: short(clock),
    indexed: short(indexed),
    clearP50Us: rounded(indexed.p50Us - clock.p50Us),
    modelScan: short(modelScan),
    wholeScan: short(wholeScan),
    arrayScan: short(arrayScan),
    sql: short(sql),
    ratio: {
      modelScan: over(modelScan),
      wholeScan: over(wholeScan),
      arrayScan: over(arrayScan),
      sql: over(sql),
    },
    rssMiB: rounded(figures.rssMiB),
    fillUsPerAsk: rounded(figures.fillUsPerAsk),
    rootsMs: rounded(figures.rootsMs),
  };
}
type Row = ReturnType<typeof rowOf>;

function short({ samples, p50Us, p99Us, meanUs }: Timing): Timing {
  return { samples, p50Us: rounded(p50Us), p99Us: rounded(p99Us), meanUs: rounded(meanUs) };
}

function goalsOf(rows: readonly Row[]) {
  const middle = rows.find(({ asks, tickPpm }) => asks === GOALS.asks && tickPpm === 1);
  const large = rows.find(({ asks }) => asks === GOALS.manyAsks);
  if (middle === undefined || large === undefined)
    throw new RangeError('market bench: expected both books of the goals');
  const atMost = (what: string, found: number, goal: number) => ({
    what,
    found,
    goal: `<= ${goal}`,
    met: found <= goal,
  });
  const atLeast = (what: string, found: number, goal: number) => ({
    what,
    found,
    goal: `>= ${goal}`,
    met: found >= goal,
  });
  return [
    atMost('clear over 100k asks, p50 µs', middle.clearP50Us, GOALS.p50Us),
    atMost('clear over 100k asks, p99 µs', middle.indexed.p99Us, GOALS.p99Us),
    atLeast('whole-book scan over clear', middle.ratio.wholeScan, GOALS.overScan),
    atLeast('SQL over clear', middle.ratio.sql, GOALS.overSql),
    atMost('1M asks in memory, MiB', large.rssMiB, GOALS.rssMiB),
    atMost(
      'proof of one clearing over 100k asks, bytes p99',
      middle.proofBytes.anywhere.p99,
      GOALS.proofBytes,
    ),
    atMost('the same where the request names regions', middle.proofBytes.regions.p99, GOALS.proofBytes),
    atMost('verify either, µs p99', middle.proofVerifyUs.p99, GOALS.proofVerifyUs),
  ];
}

function lineOf({
  asks,
  tickPpm,
  clearP50Us,
  indexed,
  modelScan,
  wholeScan,
  arrayScan,
  sql,
  rssMiB,
  proofBytes,
  proofVerifyUs,
}: Row): string {
  const us = ({ p50Us, p99Us }: Timing) => `${p50Us} / ${p99Us}`;
  const bytes = ({ p50, p99 }: { p50: number; p99: number }) => `${p50} / ${p99}`;
  return (
    `${asks} asks, steps of ${tickPpm} ppm (µs, p50 / p99): index ${us(indexed)} (${clearP50Us} at p50 without the clock), model scan ${us(modelScan)}, whole scan ${us(wholeScan)}, ` +
    `typed arrays ${us(arrayScan)}, SQL ${us(sql)}; ${rssMiB} MiB; proof ${bytes(proofBytes.anywhere)} B (regions ${bytes(proofBytes.regions)} B), ` +
    `verified in ${rounded(proofVerifyUs.p50)} / ${rounded(proofVerifyUs.p99)} µs`
  );
}

function goalLine({ what, found, goal, met }: ReturnType<typeof goalsOf>[number]): string {
  return `${met ? 'met   ' : 'missed'} ${what}: ${rounded(found)}, goal ${goal}`;
}

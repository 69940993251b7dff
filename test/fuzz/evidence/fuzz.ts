import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { EvidenceError } from '@hearth/attestation';
import { CollateralFetchError } from '@hearth/attestation/fetch';
import { type Form, mutate } from '../mutations/mutate.ts';
import { Random } from '../random.ts';
import { parserSeeds } from './parser-seeds.ts';
import { sampleSeeds } from './sample-seeds.ts';
import type { Files, Outcome, Part, Seed } from './target.ts';
import { vectorSeeds } from './vector-seeds.ts';

export type Finding = {
  readonly index: number;
  readonly target: string;
  readonly seedName: string;
  readonly problem: 'crash' | 'forgery' | 'slow';
  readonly detail: string;
};

export type Tally = { cases: number; refused: number; parsed: number; unchanged: number; accepted: number };

export type FuzzReport = {
  readonly runs: number;
  readonly seeds: number;
  readonly byTarget: Readonly<Record<string, Tally>>;
  readonly findings: readonly Finding[];
  readonly slowestMs: number;
  readonly slowestIndex: number;
  readonly peakRssBytes: number;
  /** Of live objects, between the first tenth and the end. */
  readonly heapGrowthBytes: number;
};

export type FuzzOptions = {
  readonly seed: number;
  readonly from: number;
  readonly runs: number;
  /** Called before every case. */
  readonly tell: (index: number) => void;
  /** Evidence to mutate; all there is if absent. */
  readonly evidence?: readonly Seed[];
};

/** CPU time that one case may take; the slowest genuine evidence takes some 50 ms. */
export const caseLimitMs = 2_000;
const maxFindings = 50;

/** How often each target is drawn, of a hundred; cheap ones more often, so that a million cases end. */
const weights: Readonly<Record<string, number>> = {
  parsers: 46,
  'tdx-quote': 16,
  'sgx-quote': 10,
  'sev-snp-report': 8,
  'azure-hcl': 4,
  'nvidia-gpu-evidence': 3,
  'nvidia-switch-evidence': 2,
  'nvidia-rim': 3,
  'nvidia-eat': 3,
  'tdx-eventlog': 5,
};

/** Mutates evidence and gives it to the library, again and again. Equal options give equal cases. */
export function fuzzEvidence(options: FuzzOptions): FuzzReport {
  const { seed, from, runs, tell, evidence = [...sampleSeeds(), ...vectorSeeds()] } = options;
  const seeds = [...evidence, ...parserSeeds(evidence)];
  const world = { byTarget: group(seeds), pool: poolOf(seeds), signed: signedOfOriginals(evidence) };
  const findings: Finding[] = [];
  const tallies: Record<string, Tally> = {};
  let [slowestMs, slowestIndex, peakRssBytes, heapAtTenth] = [0, from, 0, 0];
  for (let index = from; index < from + runs; index += 1) {
    tell(index);
    const started = process.cpuUsage();
    const { target, seedName, outcome, problem, detail } = runCase(world, new Random(seed, index));
    const { user, system } = process.cpuUsage(started);
    const tookMs = (user + system) / 1000;
    count(tallies, target, outcome);
    if (problem !== undefined && findings.length < maxFindings) {
      findings.push({ index, target, seedName, problem, detail });
    }
    if (tookMs > slowestMs) [slowestMs, slowestIndex] = [tookMs, index];
    if (tookMs > caseLimitMs)
      findings.push({ index, target, seedName, problem: 'slow', detail: `${tookMs} ms` });
    if (index % 1000 === 0) peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
    if (index === from + Math.floor(runs / 10)) heapAtTenth = liveHeapBytes();
  }
  const heapGrowthBytes = liveHeapBytes() - heapAtTenth;
  return {
    runs,
    seeds: seeds.length,
    byTarget: tallies,
    findings,
    slowestMs,
    slowestIndex,
    peakRssBytes,
    heapGrowthBytes,
  };
}

type World = {
  readonly byTarget: ReadonlyMap<string, readonly Seed[]>;
  readonly pool: ReadonlyMap<Form, readonly Uint8Array[]>;
  readonly signed: ReadonlyMap<Seed, string>;
};

type Case = {
  readonly target: string;
  readonly seedName: string;
  readonly outcome: Outcome['result'] | 'unchanged' | undefined;
  readonly problem?: Finding['problem'] | undefined;
  readonly detail: string;
};

function runCase({ byTarget, pool, signed }: World, random: Random): Case {
  const seed = random.pick(byTarget.get(drawTarget(random)) ?? byTarget.get('parsers') ?? []);
  const { target, name: seedName } = seed;
  const files = mutated(seed.parts, pool, random);
  try {
    const outcome = seed.run(files);
    if (outcome.result !== 'accepted') return { target, seedName, outcome: outcome.result, detail: '' };
    const isSame = outcome.signed === signed.get(seed);
    const isUntouched = seed.parts.every(
      ({ name, bytes }) => Buffer.compare(bytes, files[name] ?? bytes) === 0,
    );
    if (isSame) return { target, seedName, outcome: isUntouched ? 'unchanged' : 'accepted', detail: '' };
    const detail = `accepted with another signed part; changed: ${changedNames(seed.parts, files)}`;
    return { target, seedName, outcome: 'accepted', problem: 'forgery', detail };
  } catch (error) {
    if (isExpected(error)) return { target, seedName, outcome: 'refused', detail: '' };
    return { target, seedName, outcome: undefined, problem: 'crash', detail: String((error as Error).stack) };
  }
}

/** The closed families, and the JSON of a part that a caller reads before the library sees it. */
function isExpected(error: unknown): boolean {
  return error instanceof EvidenceError || error instanceof CollateralFetchError || isFromCaller(error);
}

function isFromCaller(error: unknown): boolean {
  return (
    error instanceof SyntaxError &&
    String(error.stack).includes('JSON.parse') &&
    !String(error.stack).includes('attestation/')
  );
}

/** One to three changes, mostly of one file. */
function mutated(parts: readonly Part[], pool: World['pool'], random: Random): Files {
  const files: Record<string, Uint8Array> = Object.fromEntries(parts.map(({ name, bytes }) => [name, bytes]));
  const favourite = random.pick(parts);
  for (let left = 1 + random.below(3); left > 0; left -= 1) {
    const { name, form } = random.oneIn(5) ? random.pick(parts) : favourite;
    files[name] = mutate(files[name] ?? new Uint8Array(), form, random, pool.get(form) ?? []);
  }
  return files;
}

function drawTarget(random: Random): string {
  let at = random.below(100);
  for (const [target, weight] of Object.entries(weights)) {
    if (at < weight) return target;
    at -= weight;
  }
  return 'parsers';
}

function group(seeds: readonly Seed[]): Map<string, Seed[]> {
  const groups = new Map<string, Seed[]>();
  for (const seed of seeds) groups.set(seed.target, [...(groups.get(seed.target) ?? []), seed]);
  return groups;
}

function poolOf(seeds: readonly Seed[]): Map<Form, Uint8Array[]> {
  const pool = new Map<Form, Uint8Array[]>();
  for (const { form, bytes } of seeds.flatMap(({ parts }) => parts))
    pool.set(form, [...(pool.get(form) ?? []), bytes]);
  return pool;
}

/** An original that is not accepted would make its mutants' refusal worth nothing; tokens of the samples never are. */
function signedOfOriginals(seeds: readonly Seed[]): Map<Seed, string> {
  const signed = new Map<Seed, string>();
  for (const seed of seeds) {
    const outcome = seed.run(Object.fromEntries(seed.parts.map(({ name, bytes }) => [name, bytes])));
    if (outcome.result === 'accepted') signed.set(seed, outcome.signed);
    else if (seed.target !== 'nvidia-eat')
      throw new Error(`fuzz: seed ${seed.name} is not accepted as it stands`);
  }
  return signed;
}

function changedNames(parts: readonly Part[], files: Files): string {
  return parts
    .filter(({ name, bytes }) => Buffer.compare(bytes, files[name] ?? bytes) !== 0)
    .map(({ name }) => name)
    .join(', ');
}

function count(tallies: Record<string, Tally>, target: string, outcome: Case['outcome']): void {
  tallies[target] ??= { cases: 0, refused: 0, parsed: 0, unchanged: 0, accepted: 0 };
  const tally = tallies[target];
  tally.cases += 1;
  if (outcome !== undefined) tally[outcome] += 1;
}

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

function liveHeapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveLog } from '../builders/log-server.ts';
import {
  forkedNote,
  type Lies,
  RecordedMarket,
  type Recording,
} from '../builders/recorded/recorded-market.ts';
import type { Lifecycle } from '../environment/lifecycle.ts';
import { repositoryRoot } from '../market/paths.ts';
import type { Bench } from './bench.ts';
import { rounded } from './statistics.ts';

const SEED = 20_261_121;
const CLEARINGS = 100_000;
/** Defects are put into shorter recordings: finding one takes reading all of them. */
const LYING_CLEARINGS = 5_000;

type Tell = (progress: string) => void;

/** What `hearth audit replay --json` prints. */
type Audit = {
  readonly ok: boolean;
  readonly entries: number;
  readonly entriesPerSecond: number;
  readonly clearings: number;
  readonly clearingsPerSecond: number;
  readonly windows: number;
  readonly tables: number;
  readonly found: number;
  readonly defects: readonly { readonly code: string; readonly index: number | null }[];
};

/**
 * `hearth audit replay`, the built command in a process of its own, over recorded markets of the production clearing code,
 * served over HTTP: all of an honest run, and a defect of each kind, which it has to name exactly.
 */
export const replayBench: Bench = async (parts, tell) => {
  const directory = mkdtempSync(join(tmpdir(), 'hearth-bench-replay-'));
  parts.add('recordings', { stop: async () => rmSync(directory, { recursive: true, force: true }) });
  const honest = await audited(parts, directory, tell, { name: 'honest', clearings: CLEARINGS });
  const defects = [];
  for (const defect of DEFECTS) defects.push(await exposed(parts, directory, tell, defect));
  const isReproduced = honest.audit.ok && honest.audit.clearings === CLEARINGS;
  const ok = isReproduced && defects.every(({ isExact }) => isExact);
  const { entries, entriesPerSecond, clearings, clearingsPerSecond, windows, tables, found } = honest.audit;
  const run = { seed: SEED, recordSeconds: honest.recordSeconds, maxRssMiB: honest.maxRssMiB };
  return {
    figures: {
      ok,
      honest: { ...run, entries, entriesPerSecond, clearings, clearingsPerSecond, windows, tables, found },
      defects,
    },
    text: [
      `honest run, seed ${SEED}: ${clearings} of ${CLEARINGS} auctions replayed, ${windows} windows, ${tables} tables, ${found} defects`,
      `  ${entries} log entries over HTTP, ${entriesPerSecond}/s; ${clearingsPerSecond} auctions/s; at most ${run.maxRssMiB} MiB`,
      ...defects.map(
        ({ lie, expected, named, isExact }) =>
          `${isExact ? 'exact ' : 'MISSED'} ${lie}: expected ${expected}, named ${named}`,
      ),
      ok ? 'goal met' : 'GOAL MISSED',
      '',
    ].join('\n'),
    ok,
  };
};

type Defect = {
  readonly lie: string;
  readonly lies: Lies;
  readonly code: string;
  /** Whether the log entry that holds the lie is named with it. */
  readonly kind?: keyof Lies;
  readonly isForked?: boolean;
};

const DEFECTS: readonly Defect[] = [
  { lie: 'one ask withheld', lies: { withholdAskAt: 1_500 }, code: 'ask_withheld' },
  { lie: 'one ask ignored', lies: { ignoreBestAt: 2_000 }, code: 'ask_ignored', kind: 'ignoreBestAt' },
  {
    lie: 'one clearing altered',
    lies: { alterClearing: 2_500 },
    code: 'clearing_altered',
    kind: 'alterClearing',
  },
  { lie: 'one window price altered', lies: { alterWindow: 20 }, code: 'window_altered', kind: 'alterWindow' },
  { lie: 'the log forked', lies: {}, code: 'log_forked', isForked: true },
];

async function exposed(parts: Lifecycle, directory: string, tell: Tell, defect: Defect) {
  const { lie, lies, code, kind, isForked = false } = defect;
  const { audit, recording } = await audited(parts, directory, tell, {
    name: lie,
    clearings: LYING_CLEARINGS,
    lies,
    isForked,
  });
  const index = recording.lied.find((one) => one.kind === kind)?.index ?? null;
  const expected = `${code} ${index}`;
  const named = audit.defects.map((one) => `${one.code} ${one.index}`).join(', ');
  return { lie, expected, named, isExact: named === expected && audit.found === 1 && !audit.ok };
}

type Run = {
  readonly name: string;
  readonly clearings: number;
  readonly lies?: Lies;
  readonly isForked?: boolean;
};

async function audited(parts: Lifecycle, directory: string, tell: Tell, run: Run) {
  const { name, clearings, lies = {}, isForked = false } = run;
  const startedMs = performance.now();
  const path = join(directory, `${name.replaceAll(' ', '-')}.log`);
  const recording = new RecordedMarket({
    seed: SEED,
    clearings,
    path,
    lies,
    onProgress: (done) => done % 10_000 === 0 && tell(`${name}: recorded ${done} of ${clearings} auctions`),
  }).run();
  const recordSeconds = rounded((performance.now() - startedMs) / 1000);
  const server = await serveLog(recording);
  parts.add('recorded log', server);
  tell(`${name}: replaying ${recording.log.size} entries`);
  const result = await replay(directory, server.url, recording, isForked);
  await server.stop();
  recording.log.close();
  return { recording, recordSeconds, ...result };
}

/** The command as a user runs it, with the files that a user has. */
async function replay(directory: string, url: string, recording: Recording, isForked: boolean) {
  const write = (file: string, text: string) => {
    const path = join(directory, file);
    writeFileSync(path, text);
    return path;
  };
  const { trust, promises } = recording;
  const lines = promises.map((promise) => `${JSON.stringify(promise)}\n`).join('');
  const seen = isForked ? ['--seen', write('seen.note', forkedNote(recording, SEED, 1_000))] : [];
  const files = [
    '--trust',
    write('trust.json', JSON.stringify(trust)),
    '--promises',
    write('promises.jsonl', lines),
  ];
  const main = join(repositoryRoot, 'sdk/dist/cli/main.js');
  const args = ['audit', 'replay', '--log', url, ...files, ...seen, '--json'];
  // Its peak is printed by a hook, because only the process itself knows it.
  const hook = `process.on('exit', () => process.stderr.write('maxRSS ' + process.resourceUsage().maxRSS + '\\n'))`;
  const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((resolve, reject) => {
    const flags = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`];
    execFile(process.execPath, [...flags, main, ...args], { maxBuffer: 1 << 26 }, (error, out, err) => {
      if (error !== null && out === '') reject(new Error(err, { cause: error }));
      else resolve({ stdout: out, stderr: err });
    });
  });
  const maxRssKiB = Number(/maxRSS (\d+)/.exec(stderr)?.[1]);
  return { audit: JSON.parse(stdout) as Audit, maxRssMiB: Math.round(maxRssKiB / 1024) };
}

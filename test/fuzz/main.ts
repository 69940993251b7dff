import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { escrowReportText } from './escrow/report.ts';
import { runEscrow } from './escrow/run.ts';
import { type FuzzReport, fuzzEvidence } from './evidence/fuzz.ts';
import { reportText } from './report.ts';
import { fuzzWire } from './wire/fuzz.ts';
import { wireReportText } from './wire/report.ts';
import { createWireWorld } from './wire/wire-world.ts';

const help = `npm run fuzz -- evidence|escrow|wire [--runs N] [--seed S] [--only I] [--json]

evidence  Mutates evidence of every kind (development evidence, and the public vectors where they are) and gives it to every
          parser and verifier. Exit code 1 if one crashed, hung, took over 2 s of CPU, accepted a changed statement, or if
          memory grew.
escrow    Sends random transactions to the escrow and stake contracts on a development chain, and to a plain model of
          them. Exit code 1 at the first refusal, payment, balance, order or pair that differs.

wire      Bends sealed jobs and answers on their way: bits, bytes, fields, recipients, frames; replays jobs before and after
          rotation, wiping and reboot; lies as a gateway about the machine of a lease (downgrade, other keys, outside the
          policy). Exit code 1 if the enclave's or the SDK's production code took one, or crashed.

  --runs N    cases (default 100000), or transactions (default 10000)
  --seed S    which ones (default: drawn, and printed); equal seeds give equal runs
  --only I    run case I of evidence alone
  --json      one JSON document on stdout
`;

const defaultRuns: Readonly<Record<string, string>> = {
  evidence: '100000',
  escrow: '10000',
  wire: '100000',
};

type Job = {
  readonly seed: number;
  readonly from: number;
  readonly runs: number;
  readonly progress: SharedArrayBuffer;
};

/** No case may keep the worker for longer, whatever else the machine does. */
const stalledAfterMs = 120_000;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runs: { type: 'string' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 0x1_0000_0000)) },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const target = positionals.join(' ');
  const numbers = [values.runs ?? defaultRuns[target] ?? '', values.seed, values.only ?? '0'];
  if (!Object.hasOwn(defaultRuns, target) || !numbers.every((text) => /^\d{1,10}$/.test(text))) {
    process.stderr.write(`fuzz: expected evidence, escrow or wire, and whole numbers\n\n${help}`);
    return 2;
  }
  const [runs, seed, only] = numbers.map(Number) as [number, number, number];
  process.stderr.write(`fuzz ${target}: seed ${seed}\n`);
  const started = performance.now();
  if (target === 'escrow') {
    const report = await runEscrow({
      seed,
      operations: runs,
      tell: sayProgressOf('escrow', 'transactions agree'),
    });
    const seconds = (performance.now() - started) / 1000;
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ fuzz: 'escrow', seed, seconds, operations: runs, ...report })}\n`
        : escrowReportText(report, runs, seed, seconds),
    );
    return 0;
  }
  if (target === 'wire') {
    const world = await createWireWorld();
    const report = await fuzzWire({ world, seed, runs, tell: sayProgressOf('wire', 'cases refused') });
    const seconds = (performance.now() - started) / 1000;
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ fuzz: 'wire', seed, seconds, ...report })}\n`
        : wireReportText(report, seed, seconds),
    );
    return report.findings.length === 0 ? 0 : 1;
  }
  const span = values.only === undefined ? { from: 0, runs } : { from: only, runs: 1 };
  const report = await runInWorker({ seed, ...span, progress: new SharedArrayBuffer(4) });
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ fuzz: 'evidence', seed, seconds, ...report })}\n`
      : reportText(report, seed, seconds),
  );
  return report.ok ? 0 : 1;
}

const sayProgressOf =
  (target: string, what: string) =>
  (index: number): void => {
    if (index > 0 && index % 1000 === 0) process.stderr.write(`fuzz ${target}: ${index} ${what}\n`);
  };

type Judged = FuzzReport & { readonly ok: boolean };

/** In a thread of its own: a case that never ends can then be named, and stopped. */
function runInWorker(job: Job): Promise<Judged> {
  const progress = new Int32Array(job.progress);
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: job });
    let [last, since] = [-1, performance.now()];
    const watch = setInterval(() => {
      const now = Atomics.load(progress, 0);
      if (now !== last) [last, since] = [now, performance.now()];
      else if (performance.now() - since > stalledAfterMs)
        fail(new Error(`case ${now} of seed ${job.seed} does not end`));
    }, 1_000);
    const fail = (error: Error): void => {
      clearInterval(watch);
      void worker.terminate();
      reject(error);
    };
    worker.once('message', (report: Judged) => {
      clearInterval(watch);
      resolve(report);
    });
    worker.once('error', fail);
  });
}

function work({ seed, from, runs, progress }: Job): void {
  const counter = new Int32Array(progress);
  const report = fuzzEvidence({ seed, from, runs, tell: (index) => Atomics.store(counter, 0, index) });
  const ok = report.findings.length === 0 && report.heapGrowthBytes < maxHeapGrowthBytes;
  parentPort?.postMessage({ ...report, ok });
}

const maxHeapGrowthBytes = 64 * 1024 * 1024;

if (isMainThread) {
  process.exitCode = await main().catch((error: unknown) => {
    process.stderr.write(`fuzz: ${(error as Error).message}\n`);
    return 1;
  });
} else work(workerData as Job);

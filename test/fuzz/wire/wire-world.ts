import { applicationModule } from '../../market/application-module.ts';
import { createLyingBackend } from './lying-backend.ts';

type Bench = typeof import('../../../provider-agent/src/testing/job-bench.ts');
type Engines = typeof import('../../../provider-agent/src/testing/scripted-engine.ts');
type Guards = typeof import('../../../provider-agent/src/enclave/jobs/replay-guard.ts');
type Runner = typeof import('../../../provider-agent/src/enclave/jobs/run-job.ts');

/** One job as it travels: its request, and the answer that the enclave gave to it. */
export type WireJob = {
  readonly built: Awaited<ReturnType<Bench['buildJob']>>;
  /** Prefix, then one piece per frame. */
  readonly request: readonly Uint8Array[];
  /** Prelude, then one piece per frame. */
  readonly response: readonly Uint8Array[];
};

/** What an enclave made of a request. */
export type Reception = { readonly code: string; readonly isAnswered: boolean };

export type WireWorld = {
  readonly jobs: readonly WireJob[];
  /** Gives a request to the production enclave code, as if it were the first it hears of. */
  receive(request: Uint8Array): Promise<Reception>;
  /** The same to another enclave: after a reboot, or at another home. */
  receiveElsewhere(request: Uint8Array): Promise<Reception>;
  /** The same to the enclave that has answered these very jobs before. */
  receiveAgain(request: Uint8Array): Promise<Reception>;
  /** Jobs of an enclave that has rotated its keys since: the ones they were sealed to live on beside the new ones. */
  readonly rotated: { readonly jobs: readonly WireJob[]; receive(request: Uint8Array): Promise<Reception> };
  /** Jobs of an enclave whose keys of then are wiped, and with them what it remembered of these jobs. */
  readonly wiped: { readonly jobs: readonly WireJob[]; receive(request: Uint8Array): Promise<Reception> };
  /** A lie of the gateway about the machine of a lease, held against the SDK's check before it seals. */
  lie: Awaited<ReturnType<typeof createLyingBackend>>;
};

const PAD_CLASSES = [0, 1, 2];
/** More than one frame, whatever the padding. */
const LONG_WORDS = 14_000;

/** An enclave's job side and a buyer by the production code, with a scripted model: jobs of every suite and padding. */
export async function createWireWorld(): Promise<WireWorld> {
  const bench = await applicationModule<Bench>('provider-agent', 'testing/job-bench');
  const { ScriptedEngine } = await applicationModule<Engines>('provider-agent', 'testing/scripted-engine');
  const { ReplayGuard } = await applicationModule<Guards>('provider-agent', 'enclave/jobs/replay-guard');
  const { runJob } = await applicationModule<Runner>('provider-agent', 'enclave/jobs/run-job');
  const engine = () => new ScriptedEngine({ tokens: ['Es ', 'war ', 'ein', 'mal', '.'], slots: 4 });
  const home = await bench.jobBench(engine());
  const older = { rotated: await bench.jobBench(engine()), wiped: await bench.jobBench(engine()) };
  const other = await bench.jobBench(engine());
  const serve = async (at: typeof home, padClasses: readonly number[], longWords: number) => {
    const jobs: WireJob[] = [];
    for (const key of at.keyring.keyConfigs())
      for (const padClass of padClasses)
        for (const stream of [true, false]) {
          const words = stream ? 'long '.repeat(longWords) : 'short';
          const body = { messages: [{ role: 'user', content: `${jobs.length} ${words}` }], stream };
          const target = { ...at, keyring: { keyConfigs: () => [key] } };
          const built = await bench.buildJob(target, { header: { padClass }, body });
          const request = bench.bytesOf(built);
          const { io } = await bench.send(at, built);
          jobs.push({ built, request, response: framesOf(Buffer.concat(io.written)) });
        }
    return jobs;
  };
  const jobs = await serve(home, PAD_CLASSES, LONG_WORDS);
  const [beforeRotation, beforeWipe] = [await serve(older.rotated, [1], 1), await serve(older.wiped, [1], 1)];
  await older.rotated.keyring.rotate();
  await outlive(older.wiped);
  const run = async ({ environment }: typeof home, guard: typeof environment.guard, request: Uint8Array) => {
    const io = new bench.RecordingIo([request]);
    const end = await runJob({ ...environment, guard }, io);
    const isAnswered = end.kind === 'done' || io.written.length > 0 || io.receipts.length > 0;
    return { code: end.kind === 'done' ? 'done' : end.body.code, isAnswered };
  };
  return {
    jobs,
    receive: (request) => run(home, new ReplayGuard(), request),
    receiveElsewhere: (request) => run(other, new ReplayGuard(), request),
    receiveAgain: (request) => run(home, home.environment.guard, request),
    rotated: {
      jobs: beforeRotation,
      receive: (request) => run(older.rotated, older.rotated.environment.guard, request),
    },
    wiped: {
      jobs: beforeWipe,
      receive: (request) => run(older.wiped, older.wiped.environment.guard, request),
    },
    lie: await createLyingBackend(),
  };
}

const OUTLIVED_MS = 2 * 3_600_000;

/** Time passes, new keys are born, old ones wiped, and what was sealed to them forgotten. */
async function outlive({
  time,
  keyring,
  environment,
}: Awaited<ReturnType<Bench['jobBench']>>): Promise<void> {
  time.ms += OUTLIVED_MS;
  await keyring.rotate();
  environment.guard.forgetAllBut(keyring.keyIds());
}

const PRELUDE_BYTES = 64;
const FRAME_HEADER_BYTES = 5;

function framesOf(response: Uint8Array): Uint8Array[] {
  const pieces = [response.slice(0, PRELUDE_BYTES)];
  for (let at = PRELUDE_BYTES; at < response.length; ) {
    const length = new DataView(response.buffer, response.byteOffset + at).getUint32(1);
    pieces.push(response.slice(at, at + FRAME_HEADER_BYTES + length));
    at += FRAME_HEADER_BYTES + length;
  }
  return pieces;
}

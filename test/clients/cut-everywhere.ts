import type { ClientKind, Target } from './client.ts';
import type { CutPool } from './cut-pool.ts';
import type { Break } from './cut-server.ts';
import { type CutReport, cutAnswers, type Recorded, record, recordings } from './cuts.ts';

export type Recordings = ReadonlyMap<ClientKind['endpoint'], readonly Recorded[]>;
export type CutOutcome = CutReport & { readonly client: string; readonly story: string };

/** Where a client is cut with its own retries, and where a connection is reset and not ended. */
const PLACES = 20;
/** Offsets of one task: small enough to keep every process busy to the end. */
const TASK_OFFSETS = 400;

/** The answers of every endpoint that these clients ask, each recorded once. */
export async function recordAll(
  kinds: readonly ClientKind[],
  { baseURL, model }: Pick<Target, 'baseURL' | 'model'>,
): Promise<Recordings> {
  const recorded = new Map<ClientKind['endpoint'], readonly Recorded[]>();
  for (const endpoint of new Set(kinds.map((kind) => kind.endpoint))) {
    const answers: Recorded[] = [];
    for (const recording of recordings(endpoint)) answers.push(await record(baseURL, model, recording));
    recorded.set(endpoint, answers);
  }
  return recorded;
}

/** One answer for one client: an end at every byte and resets at some, retries off; then with the client's own retries. */
export async function cutEverywhere(
  pool: CutPool,
  kind: ClientKind,
  answer: Recorded,
  note: (outcome: CutOutcome) => void,
): Promise<void> {
  const everywhere = Array.from({ length: answer.wholeAt }, (_, offset) => offset);
  const places = Array.from({ length: PLACES }, (_, i) => Math.floor((i * answer.wholeAt) / PLACES));
  const noted = (story: string, report: CutReport) =>
    note({ client: kind.name, story: `${answer.name}, ${story}`, ...report });
  await Promise.all([
    cutInPool(pool, kind, answer, everywhere, 'end').then((report) => noted('end', report)),
    cutInPool(pool, kind, answer, places, 'reset').then((report) => noted('reset', report)),
    cutAnswers(kind, answer, places, 'end', {}).then((report) => noted('end, own retries', report)),
  ]);
}

async function cutInPool(
  pool: CutPool,
  kind: ClientKind,
  { name, bytes, wholeAt }: Recorded,
  offsets: readonly number[],
  how: Break,
): Promise<CutReport> {
  const answer = { client: kind.name, recording: name, bytes: bytes.toString('base64'), wholeAt, how };
  const tasks = Array.from({ length: Math.ceil(offsets.length / TASK_OFFSETS) }, (_, index) =>
    pool.run({ ...answer, offsets: offsets.slice(index * TASK_OFFSETS, (index + 1) * TASK_OFFSETS) }),
  );
  const reports = await Promise.all(tasks);
  return {
    cuts: reports.reduce((sum, { cuts }) => sum + cuts, 0),
    accepted: reports.flatMap(({ accepted }) => accepted),
  };
}

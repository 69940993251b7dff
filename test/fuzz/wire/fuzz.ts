import { HearthError } from '@hearth/sdk/protocol';
import { type ResponseEvent, ResponseOpener } from '@hearth/sdk/sealed-job';
import { joined } from '../mutations/bytes.ts';
import { Random } from '../random.ts';
import { bends } from './bend-message.ts';
import { bendPrefix, prefixBends } from './bend-prefix.ts';
import { lies } from './lying-backend.ts';
import type { Reception, WireJob, WireWorld } from './wire-world.ts';

export type WireFinding = { readonly index: number; readonly kind: string; readonly problem: string };
export type WireReport = {
  readonly runs: number;
  readonly byKind: Readonly<Record<string, { cases: number; refused: number; unchanged: number }>>;
  /** How often each reason to refuse a request was given. */
  readonly codes: Readonly<Record<string, number>>;
  readonly findings: readonly WireFinding[];
};

type Verdict = 'refused' | 'unchanged' | { readonly problem: string };

const kinds: readonly string[] = [
  ...Object.keys(bends).map((name) => `request ${name}`),
  ...prefixBends.map((name) => `prefix ${name}`),
  ...Object.keys(bends).map((name) => `response ${name}`),
  'replay here',
  'replay elsewhere',
  'replay rotated',
  'replay wiped',
  ...Object.keys(lies).map((name) => `backend ${name}`),
];

/** Bends sealed jobs and answers on their way; the production enclave and SDK must refuse every one of them. */
export async function fuzzWire(options: {
  readonly world: WireWorld;
  readonly seed: number;
  readonly runs: number;
  tell(index: number): void;
}): Promise<WireReport> {
  const { world, seed, runs, tell } = options;
  const byKind: Record<string, { cases: number; refused: number; unchanged: number }> = {};
  const codes: Record<string, number> = {};
  const findings: WireFinding[] = [];
  for (let index = 0; index < runs; index += 1) {
    tell(index);
    const random = new Random(seed, index);
    const kind = kinds[index % kinds.length] as string;
    const verdict = await judge(world, kind, random, codes).catch((error: unknown): Verdict => {
      return { problem: `crash: ${String(error)}` };
    });
    byKind[kind] ??= { cases: 0, refused: 0, unchanged: 0 };
    const tally = byKind[kind];
    tally.cases += 1;
    if (typeof verdict === 'string') tally[verdict] += 1;
    else findings.push({ index, kind, problem: verdict.problem });
  }
  return { runs, byKind, codes, findings };
}

async function judge(
  world: WireWorld,
  kind: string,
  random: Random,
  codes: Record<string, number>,
): Promise<Verdict> {
  const job = random.pick(world.jobs);
  const other = random.pick(world.jobs.filter((each) => each !== job));
  const [where, name = ''] = kind.split(' ');
  if (where === 'response') return judgeResponse(job, bends[name]?.(job.response, random, other.response));
  const whole = joined(...job.request);
  if (where === 'backend') return world.lie(name, random);
  if (where === 'replay') return refusal(await replayed(world, name, random, whole), codes);
  const bent =
    where === 'request'
      ? bends[name]?.(job.request, random, other.request)
      : bendPrefix(name, job.request, random, other.request);
  if (bent === undefined || Buffer.from(bent).equals(whole)) return 'unchanged';
  return refusal(await world.receive(bent), codes);
}

/** Bytes that an enclave has answered, once more: to itself, to another one, or after its keys have changed. */
function replayed(world: WireWorld, name: string, random: Random, whole: Uint8Array): Promise<Reception> {
  if (name === 'here') return world.receiveAgain(whole);
  if (name === 'elsewhere') return world.receiveElsewhere(whole);
  const { jobs, receive } = name === 'rotated' ? world.rotated : world.wiped;
  return receive(joined(...random.pick(jobs).request));
}

function refusal(
  { code, isAnswered }: { code: string; isAnswered: boolean },
  codes: Record<string, number>,
): Verdict {
  codes[code] = (codes[code] ?? 0) + 1;
  return code === 'done' || isAnswered ? { problem: `accepted (${code})` } : 'refused';
}

function judgeResponse({ built, response }: WireJob, bent: Uint8Array | undefined): Verdict {
  const honest = joined(...response);
  if (bent === undefined || Buffer.from(bent).equals(honest)) return 'unchanged';
  const open = (bytes: Uint8Array): ResponseEvent[] => {
    const opener = new ResponseOpener(built.jobHeaderHash, built.sealed.responseSecrets);
    const events = opener.push(bytes);
    opener.end();
    return events.filter(({ type }) => type !== 'keep-alive');
  };
  try {
    // Anybody may add keep-alives between frames: they say nothing.
    return textOf(open(bent)) === textOf(open(honest)) ? 'unchanged' : { problem: 'accepted' };
  } catch (error) {
    if (error instanceof HearthError) return 'refused';
    throw error;
  }
}

const textOf = (events: readonly ResponseEvent[]): string => JSON.stringify(events);

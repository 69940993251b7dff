import { createHash } from 'node:crypto';
import { type Ending, mixedJobs, type Secrets } from '../e2e/canary/mixed-jobs.ts';
import { needlesOf } from '../e2e/canary/needles.ts';
import { memoryRefusal } from '../e2e/canary/process-memory.ts';
import { currentWalFile } from '../e2e/canary/stored-bytes.ts';
import { openWiretappedMarket, type WiretappedMarket } from '../e2e/canary/wiretapped-market.ts';
import { coreDumpRefusal } from './canary/core-dump.ts';
import {
  isBlind,
  type Searched,
  searchBytes,
  searchCores,
  searchMemories,
  searchRecords,
} from './canary/search.ts';
import type { Torture } from './torture.ts';

const ORDER_MICRO_USD = 200_000_000n;
const AT_ONCE = 3;
/** The buyer keeps a lease of each class for each job at once, and a lease keeps its slot for a while. */
const SLOTS = 4 * AT_ONCE;
/** Memory is copied so often, evenly spread over the jobs. */
const MEMORY_LOOKS = 3;

/** Sends so many jobs of every kind with a secret in each, and looks for it everywhere but at the buyer and in the enclave. */
export const canaryTorture: Torture<'jobs'> = async (parts, { jobs, seed }, progress) => {
  const world = await parts.start(
    'market',
    openWiretappedMarket({ orderMicroUsd: ORDER_MICRO_USD, slots: SLOTS }),
  );
  const { databaseUrl } = world.market; // not the tapped way: its records are not to grow by what is read from them
  const sinceWalFile = await currentWalFile(databaseUrl);
  const secrets = secretsOf(seed);
  const output = await outputOf(world, secrets);
  const needles = [...needlesOf('prompt', secrets.canary), ...needlesOf('output', output)];
  const whyNoMemory = await memoryRefusal();
  const whyNoCore = whyNoMemory ?? (await coreDumpRefusal());
  for (const why of new Set([whyNoMemory, whyNoCore]))
    if (why !== undefined) progress(`not searched: ${why}`);

  const looks = whyNoMemory === undefined ? MEMORY_LOOKS : 0;
  const memories: Searched[] = [];
  const { endings, failures } = await sendAll(world, secrets, jobs, async (done) => {
    if (done % 100 === 0) progress(`${done} of ${jobs} jobs`);
    if (looks > 0 && done % Math.ceil(jobs / looks) === 0)
      memories.push(...(await searchMemories(world, needles)));
  });
  const records = await searchRecords(world, { databaseUrl, sinceWalFile }, needles);
  const cores = whyNoCore === undefined ? await searchCores(world, needles) : []; // last: it crashes them
  const blind = [...memories, ...cores].filter(isBlind);
  const searched = [...memories, ...records, ...cores].map(withoutKnown);
  const control = searchBytes('the buyer’s own loopback', world.buyerTap.recorded(), needles);
  const found = searched.filter((place) => place.found.length > 0);
  const empty = searched.filter((place) => place.bytes === 0);
  const hasControl = ['prompt, utf-8', 'output, json-escaped, utf-8'].every((name) =>
    control.found.includes(name),
  );
  const figures = {
    jobs,
    endings,
    failures,
    notSearched: [whyNoMemory, whyNoCore].filter(Boolean),
    searched,
    found,
    empty,
    blind,
    control,
  };
  const faults = [found, empty, blind, failures].flat();
  return { figures, text: textOf(figures, seed), ok: faults.length === 0 && hasControl };
};

const withoutKnown = ({ found, ...place }: Searched): Searched => ({
  ...place,
  found: found.filter((name) => !name.startsWith('order, ')),
});

/** Letters and figures that occur nowhere else. */
function secretsOf(seed: number): Secrets {
  const bytes = createHash('sha256').update(`canary ${seed}`).digest();
  const letters = [...bytes.subarray(0, 20)].map((byte) => String.fromCharCode(97 + (byte % 26)));
  const number = (at: number, below: number) => bytes.readUInt32BE(at) % below;
  const sentence = `Extract JSON: Meter ${1000 + number(20, 9000)} read ${number(24, 1000) / 10} kWh at ${10 + number(28, 10)}:30.`;
  return { canary: letters.join(''), sentence };
}

/** What the model makes of the sentence, by asking it. */
async function outputOf({ openAiUrl }: WiretappedMarket, secrets: Secrets): Promise<string> {
  const { answer } = await mixedJobs['chat in one piece'](openAiUrl, secrets, 0);
  const { choices } = JSON.parse(answer) as { choices: { message: { content: string } }[] };
  const content = choices[0]?.message.content;
  if (!content?.startsWith('{')) throw new Error(`expected the sentence as JSON, got ${answer}`);
  return content;
}

type Endings = Record<Ending, number>;

async function sendAll(
  { openAiUrl }: WiretappedMarket,
  secrets: Secrets,
  jobs: number,
  afterEach: (done: number) => Promise<void>,
): Promise<{ endings: Endings; failures: string[] }> {
  const kinds = Object.entries(mixedJobs);
  const endings: Endings = { answered: 0, refused: 0, cancelled: 0 };
  const failures: string[] = [];
  let next = 0;
  let done = 0;
  const worker = async () => {
    while (next < jobs) {
      const index = next++;
      const [kind, send] = kinds[index % kinds.length] as (typeof kinds)[number];
      try {
        endings[(await send(openAiUrl, secrets, index)).ending] += 1;
      } catch (error) {
        failures.push(`${kind}, job ${index}: ${(error as Error).message}`);
      }
      await afterEach(++done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { endings, failures };
}

type Figures = {
  readonly jobs: number;
  readonly endings: Endings;
  readonly failures: readonly string[];
  readonly searched: readonly Searched[];
  readonly control: Searched;
};

function textOf({ jobs, endings, failures, searched, control }: Figures, seed: number): string {
  const line = ({ place, bytes, found }: Searched) =>
    `${place.padEnd(28)} ${(bytes / 1e6).toFixed(1).padStart(8)} MB   ${found.join(', ') || 'nothing'}\n`;
  const counts = Object.entries(endings).map(([ending, count]) => `${count} ${ending}`);
  const shown = failures.slice(0, 10).map((failure) => `  FAILED ${failure}\n`);
  return [
    `${jobs} jobs (seed ${seed}): ${counts.join(', ')}, ${failures.length} otherwise\n`,
    ...shown,
    ...searched.map(line),
    `control: ${line(control)}`,
  ].join('');
}

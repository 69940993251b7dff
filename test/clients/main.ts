import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { closeSession, startSidecar } from '@hearth/sdk';
import { writeRandomModel } from '../builders/random-model.ts';
import { homeA, homeB, openMarket, openSession } from '../e2e/open-market.ts';
import type { SaleModel } from '../market/catalogue.ts';
import { allClients } from './all-clients.ts';
import type { ClientKind } from './client.ts';
import { type CutOutcome, cutEverywhere, type Recordings, recordAll } from './cut-everywhere.ts';
import { CutPool } from './cut-pool.ts';
import { type Sealed, stories } from './stories.ts';

const help = `npm run test:clients [-- --only TEXT] [--json]

Runs unmodified OpenAI clients against a whole market on this machine: every answer is sealed by the sidecar, inferred in an
enclave, and paid. Then ends recorded answers at every byte and resets them at 20, retries off, and ends them at 20 with each
client's own retries.
Exit code 1 if a client could not do something, or took a cut answer for a whole one.

  --only TEXT   clients whose name contains it
  --json        one JSON document on stdout
`;

type Outcome = { client: string; story: string; failure?: string; cuts?: number };

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const outcomes: Outcome[] = [];
  const note = (outcome: Outcome) => {
    outcomes.push(outcome);
    const { client, story, failure, cuts } = outcome;
    const text =
      failure === undefined ? `ok${cuts === undefined ? '' : `, ${cuts} cuts`}` : `FAILED: ${failure}`;
    process.stderr.write(`${client.padEnd(30)} ${story.padEnd(32)} ${text}\n`);
  };
  const kinds = allClients.filter(({ name }) => name.includes(values.only));
  const market = await openMarket([homeA, homeB], async ({ dir }) => ({ model: await roomyModel(dir) }));
  const session = await openSession(market.buyer(), 50_000_000n);
  const sidecar = await startSidecar({ session, port: 0 });
  let recorded: Recordings;
  try {
    const target = { baseURL: `${sidecar.url}/v1`, model: MODEL_NAME };
    for (const kind of kinds) await tell(kind, { target, session }, note);
    recorded = await recordAll(kinds, target);
  } finally {
    await sidecar.stop();
    closeSession(session);
    await market.stop();
  }
  await cutAll(kinds, recorded, note);
  const failed = outcomes.filter(({ failure }) => failure !== undefined).length;
  if (values.json) process.stdout.write(`${JSON.stringify({ outcomes, failed })}\n`);
  process.stderr.write(`${outcomes.length - failed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

const MODEL_NAME = 'random-clients-q8_0';

/** With room for what an engine writes around the definition of a tool, which is more than Ember has. */
async function roomyModel(dir: string): Promise<SaleModel> {
  const contextTokens = 2048;
  const path = join(dir, `${MODEL_NAME}.gguf`);
  const { sha256 } = await writeRandomModel({ path, seed: 'clients', layers: 2, width: 256, contextTokens });
  return { path, sha256, name: MODEL_NAME, contextTokens };
}

async function tell(kind: ClientKind, sealed: Sealed, note: (outcome: Outcome) => void): Promise<void> {
  for (const [story, run] of Object.entries(stories))
    note({ client: kind.name, story, ...(await failureOf(() => run(kind, sealed))) });
}

/** All clients at once: with its own retries a client mostly waits, and without them the pool has an order of its own. */
async function cutAll(
  kinds: readonly ClientKind[],
  recorded: Recordings,
  note: (outcome: Outcome) => void,
): Promise<void> {
  const pool = new CutPool(availableParallelism());
  const noteCuts = ({ accepted, ...outcome }: CutOutcome) =>
    note({ ...outcome, ...(accepted.length === 0 ? {} : { failure: accepted.slice(0, 3).join('; ') }) });
  try {
    const answers = kinds.flatMap((kind) =>
      (recorded.get(kind.endpoint) ?? []).map((answer) => [kind, answer] as const),
    );
    await Promise.all(answers.map(([kind, answer]) => cutEverywhere(pool, kind, answer, noteCuts)));
  } finally {
    pool.stop();
  }
}

async function failureOf(run: () => Promise<void>): Promise<{ failure?: string }> {
  try {
    await run();
    return {};
  } catch (error) {
    return { failure: (error as Error).message.slice(0, 300) };
  }
}

process.exitCode = await main();
process.exit(); // clients keep connections and timers of their own

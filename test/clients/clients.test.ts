import { type Session, type Sidecar, startSidecar } from '@hearth/sdk';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type BuyerWorld, MODEL, openBuyerWorld } from '../sdk/buyer-world.ts';
import type { Client, ClientKind } from './client.ts';
import { cutAnswers, record, recordings } from './cuts.ts';
import { openaiClients } from './openai.ts';
import { stories } from './stories.ts';

// The short part of `npm run test:clients`: two clients, a scripted enclave, fewer cuts. (The others do not load in jest: it
// takes our `source` export condition for theirs.)
const kinds = openaiClients.filter(({ name }) => ['openai 5', 'openai 7'].includes(name));
const question = { prompt: 'What is a lease?', maxTokens: 16 };

let world: BuyerWorld;
let session: Session;
let sidecar: Sidecar;
let target: { baseURL: string; model: string };
let honestly: BuyerWorld['gateway']['deliver'];
beforeAll(async () => {
  world = await openBuyerWorld();
  session = world.session();
  sidecar = await startSidecar({ session, port: 0 });
  target = { baseURL: `${sidecar.url}/v1`, model: MODEL };
  honestly = world.gateway.deliver;
});
afterEach(() => {
  world.gateway.deliver = honestly;
});
afterAll(async () => {
  await sidecar.stop();
  await world.stop();
});

async function streamed(client: Client): Promise<string> {
  let text = '';
  for await (const piece of client.stream(question)) text += piece;
  return text;
}

const byName = (kind: ClientKind) => [kind.name, kind] as const;

test.each(kinds.map(byName))('%s chats and streams, unmodified', async (_name, kind) => {
  const client = kind.open(target);
  expect(await client.chat(question)).toBe('Hello from the enclave.');
  expect(await streamed(client)).toBe('Hello from the enclave.');
});

test.each(kinds.map(byName))('%s cancels a job by going away', async (_name, kind) => {
  world.gateway.deliver = (response, frames) => {
    response.write(Buffer.concat(frames.slice(0, 3)));
  };
  await stories['cancellation']?.(kind, { target, session });
  expect(session.running.size).toBe(0);
});

test.each(kinds.map(byName))(
  '%s reports every cut of the sealed answer',
  async (_name, kind) => {
    const client = kind.open({ ...target, maxRetries: 0 });
    const taken: string[] = [];
    for (const ask of [() => client.chat(question), () => streamed(client)]) {
      let length = Number.POSITIVE_INFINITY;
      let cutAt = 0;
      world.gateway.deliver = (response, frames) => {
        const sealed = Buffer.concat(frames);
        length = sealed.length;
        response.end(sealed.subarray(0, cutAt));
      };
      for (; cutAt < length; cutAt += 397) {
        const text = await ask().catch(() => undefined);
        if (text !== undefined && cutAt < length) taken.push(`${cutAt} of ${length}`);
      }
    }
    expect(taken).toEqual([]);
  },
  60_000,
);

test.each(kinds.map(byName))(
  '%s reports every cut of what the sidecar answers',
  async (_name, kind) => {
    for (const recording of recordings(kind.endpoint).slice(0, 2)) {
      const answer = await record(target.baseURL, MODEL, recording);
      const offsets = Array.from({ length: Math.ceil(answer.wholeAt / 13) }, (_, i) => i * 13);
      const report = await cutAnswers(kind, answer, offsets, 'end', { maxRetries: 0 });
      expect(report).toEqual({ cuts: offsets.length, accepted: [] });
    }
  },
  60_000,
);

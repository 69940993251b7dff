import { chat, closeSession, type JobResult, type Session } from '@hearth/sdk';
import { outcomes, routes } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Gateway } from '../market/gateway.ts';
import { GatewayBooks } from './gateway-books.ts';
import { homeA, MARKET_TIMEOUT_MS, openMarket, openSession, type Story } from './open-market.ts';
import { slowModel } from './slow-model.ts';
import { until } from './until.ts';

/** Two backend processes on one database, and one home with one slot that is linked to both. */
let market: Story;
let books: GatewayBooks;
let session: Session;
const events: Record<string, unknown>[] = [];
const [first, second] = [0, 1].map((index) => () => market.gateways[index] as Gateway) as [
  () => Gateway,
  () => Gateway,
];

beforeAll(async () => {
  market = await openMarket([{ ...homeA, slots: 1 }], async ({ dir }) => ({
    model: await slowModel(dir),
    replicas: 2,
    onEvent: (_, event) => events.push(event),
  }));
  books = await GatewayBooks.open(market);
  session = await openSession(market.buyer({ gatewayUrl: [first().url, second().url] }), 20_000_000n);
}, MARKET_TIMEOUT_MS);

afterAll(async () => {
  if (session) closeSession(session);
  await books?.stop();
  await market?.stop();
}, MARKET_TIMEOUT_MS);

const question = (maxTokens: number) => ({
  model: 'random-70m-q8_0',
  messages: [
    { role: 'system', content: '' }, // instead of the engine's own, which is longer than any question here
    { role: 'user', content: 'Why?' },
  ],
  max_tokens: maxTokens,
  temperature: 0,
  seed: 7,
});

const timesLinked = async () => events.filter(({ state }) => state === 'linked').length;

/** Sequences of the order's receipts, in order, as both replicas' one database has them. */
async function sequencesOf({ receipt: { settlement } }: JobResult): Promise<number[]> {
  const { rows } = await books.sql.query(
    'SELECT sequence FROM receipt WHERE order_hash = $1 AND enclave_key = $2 ORDER BY sequence',
    [settlement.orderHash, settlement.enclaveKey],
  );
  return rows.map(({ sequence }) => Number(sequence));
}

/** Every receipt up to this one is stored, and each once. */
async function untilStored(result: JobResult): Promise<void> {
  const wanted = Number(result.receipt.settlement.sequence);
  const stored = await until(
    `receipt ${wanted} at the gateway`,
    () => sequencesOf(result),
    (sequences) => sequences.includes(wanted),
  );
  expect(stored).toEqual(Array.from({ length: stored.length }, (_, index) => index + 1));
}

test(
  'a replica that dies in the middle of a stream costs that stream; what it earned reaches the other',
  async () => {
    let killing: Promise<void> | undefined;
    const onText = () => {
      killing ??= first().kill();
    };
    await chat(session, question(120), { onText }).catch(() => undefined);
    await killing;
    await until(
      'the receipt of the cut job, from the home to the other replica',
      cancelledReceipts,
      (count) => count === 1,
    );
    await untilStored((await chat(session, question(4))).result);
    expect(await cancelledReceipts()).toBe(1);
  },
  MARKET_TIMEOUT_MS,
);

test(
  'with the replica gone that granted it, a lease is used through the one that came back',
  async () => {
    const before = await chat(session, question(4));
    const linkedBefore = await timesLinked();
    await first().restart();
    await until('the home linked again', timesLinked, (times) => times > linkedBefore);
    await second().kill();
    const after = await chat(session, question(4));
    expect(after.result.job.header.leaseId).toBe(before.result.job.header.leaseId);
    await untilStored(after.result);
    // It signs on from where the other one stopped: a root that differs would have made it unready.
    expect((await fetch(first().url + routes.checkpoint)).status).toBe(200);
    expect((await fetch(first().url + routes.ready)).status).toBe(200);
  },
  MARKET_TIMEOUT_MS,
);

async function cancelledReceipts(): Promise<number> {
  const { rows } = await books.sql.query(
    `SELECT FROM receipt WHERE signed_receipt->'receipt'->'execution'->'outcome' = to_jsonb($1::int)`,
    [outcomes.cancelled],
  );
  return rows.length;
}

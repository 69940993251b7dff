import {
  accept,
  ed25519Key,
  type FromAgent,
  isMessageSignedBy,
  leaseId,
  type Offer,
  offer,
  type Signed,
  signMessage,
} from '@hearth/sdk/protocol';
import { beforeEach, expect, test } from '@jest/globals';
import { FakeTime } from '../testing/fake-time.ts';
import { account, hash } from '../testing/sample-receipt.ts';
import type { RejectReason } from './check-offer.ts';
import { LeaseBook } from './lease-book.ts';
import { SlotDesk } from './slot-desk.ts';
import { IDLE_SLOT_MS, SlotLedger } from './slot-ledger.ts';

const nodeKey = ed25519Key(new Uint8Array(32).fill(1));
const logKey = ed25519Key(new Uint8Array(32).fill(2));

let time: FakeTime;
let sent: FromAgent[];
let isLinked: boolean;
let ledger: SlotLedger;
let leases: LeaseBook;
let desk: SlotDesk;
/** Answers of the chain, in the order of the questions. */
let chain: ((isOpen: boolean) => void)[];

beforeEach(() => {
  time = new FakeTime(0);
  sent = [];
  isLinked = true;
  ledger = new SlotLedger(1);
  leases = new LeaseBook();
  chain = [];
  desk = newDesk();
  sent.length = 0;
});

function newDesk(): SlotDesk {
  let seq = 0;
  const made = new SlotDesk({
    nodeKey,
    ledger,
    leases,
    orders: { isOpen: () => new Promise((resolve) => chain.push(resolve)) },
    sequence: { take: () => ++seq },
    clock: time,
    timers: time,
    facts: (body) => factsFor(body),
    send: (message) => {
      if (isLinked) sent.push(message);
      return isLinked;
    },
    onSold: () => {},
    onRefused: () => {},
  });
  made.serve(account('0e'));
  return made;
}

/** Offered to the desk, with the chain's word that the order is open. */
async function sold(signed: Signed<Offer>): Promise<void> {
  const answer = desk.answer(signed, reply);
  chain.pop()?.(true);
  await answer;
}

/** The ask says exactly what the offer does: its own checks have tests of their own. */
function factsFor(body: Offer) {
  return {
    nodeKey: nodeKey.publicKey,
    ask: { ...body, multiplierPpm: 1 } as never,
    priceCard: {
      inputMicroUsdPerMTok: 0n,
      cachedInputMicroUsdPerMTok: 0n,
      outputMicroUsdPerMTok: 0n,
    } as never,
    enclaveKey: account('0e'),
    isDraining: false,
    exposurePicoUsd: 0n,
    maxExposurePicoUsd: 1n,
    nowMs: time.nowMs(),
  };
}

function offerOf(request: string, modelDigest = hash('0c')): Signed<Offer> {
  const body: Offer = {
    v: 1,
    leaseId: leaseId(hash(request), hash('0b')),
    requestId: hash(request),
    askId: hash('0b'),
    orderHash: hash('01'),
    sessionKey: account('55'),
    nodeKey: nodeKey.publicKey,
    enclaveKey: account('0e'),
    provider: account('99'),
    modelDigest,
    multiplierPpm: 1,
    effectiveAsk: 1,
    poolId: hash('90'),
    priceInput: 0n,
    priceCachedInput: 0n,
    priceOutput: 0n,
    holdPicoUsd: 1n,
    leaseExpiresAtMs: 600_000,
    answerByMs: time.nowMs() + 150,
  };
  return signMessage(offer, body, logKey);
}

const reply = (message: FromAgent) => void sent.push(message);
const said = () => sent.map((message) => message.type);
const reasons = (): RejectReason[] =>
  sent.flatMap((message) => (message.type === 'reject' ? [message.message.body.reason] : []));

test('two offers that the chain confirms at the same time sell the one slot once', async () => {
  const answers = [desk.answer(offerOf('0a'), reply), desk.answer(offerOf('0c'), reply)];
  for (const answer of chain) answer(true);
  await Promise.all(answers);
  expect(said()).toEqual(['slots', 'accept', 'reject']);
  expect(reasons()).toEqual(['slots_full']);
  expect(ledger.used).toBe(1);
});

test('while a slot is sold for one model the others are not for sale; when it is free again they are', async () => {
  ledger = new SlotLedger(2);
  desk = newDesk();
  await sold(offerOf('0a'));
  await sold(offerOf('0d', hash('77')));
  expect(reasons()).toEqual(['model_not_loaded']);
  await sold(offerOf('0b'));
  expect(ledger.used).toBe(2);
  time.advance(IDLE_SLOT_MS);
  await sold(offerOf('0e', hash('77')));
  expect(reasons()).toEqual(['model_not_loaded']);
  // The first lease is in force still, but its model is not there: its next job waits for the other's slot, not beside it.
  expect(desk.beginJob(offerOf('0a').body.leaseId)).toBe('full');
});

test('the ACCEPT repeats every term, is signed, and names the counter that went before it', async () => {
  const signed = offerOf('0a');
  const answer = desk.answer(signed, reply);
  chain[0]?.(true);
  await answer;
  const [counter, accepted] = sent;
  if (counter?.type !== 'slots' || accepted?.type !== 'accept') throw new Error(`got ${said()}`);
  const { answerByMs: _, ...terms } = signed.body;
  expect(accepted.message.body).toMatchObject(terms);
  expect(accepted.message.body.slotSeq).toBe(counter.message.body.seq);
  expect(counter.message.body).toMatchObject({ slots: 1, used: 1 });
  expect(isMessageSignedBy(accept, accepted.message, nodeKey.publicKey)).toBe(true);
});

test('an offer that is asked twice is answered twice with the same ACCEPT, and sold once', async () => {
  const answer = desk.answer(offerOf('0a'), reply);
  chain[0]?.(true);
  await answer;
  await desk.answer(offerOf('0a'), reply);
  const accepts = sent.filter(({ type }) => type === 'accept');
  expect(accepts).toHaveLength(2);
  expect(accepts[1]).toEqual(accepts[0]);
  expect(ledger.used).toBe(1);
});

test('an order that the chain does not show open is not sold to', async () => {
  const answer = desk.answer(offerOf('0a'), reply);
  chain[0]?.(false);
  await answer;
  expect(reasons()).toEqual(['order_not_open']);
  expect(ledger.used).toBe(0);
});

test('an answer that the chain gives too late sells nothing: nobody waits for it any more', async () => {
  const answer = desk.answer(offerOf('0a'), reply);
  time.advance(150);
  chain[0]?.(true);
  await answer;
  expect(said()).toEqual(['reject']);
  expect(ledger.used).toBe(0);
});

test('a slot without a job comes back after five seconds, and the market hears of it', async () => {
  const answer = desk.answer(offerOf('0a'), reply);
  chain[0]?.(true);
  await answer;
  sent.length = 0;
  time.advance(IDLE_SLOT_MS);
  expect(said()).toEqual(['slots']);
  expect(ledger.used).toBe(0);
});

test('an ACCEPT that came too late for the gateway frees its slot at once', async () => {
  const answer = desk.answer(offerOf('0a'), reply);
  chain[0]?.(true);
  await answer;
  desk.release(offerOf('0a').body.leaseId);
  expect(ledger.used).toBe(0);
  expect(sent.at(-1)).toMatchObject({ type: 'slots', message: { body: { used: 0 } } });
});

test('aborts that no gateway heard are said after the reconnect, before the new counter', async () => {
  const answer = desk.answer(offerOf('0a'), reply);
  chain[0]?.(true);
  await answer;
  isLinked = false;
  desk.abortAll('enclave_lost');
  desk.serve(undefined);
  isLinked = true;
  sent.length = 0;
  desk.serve(account('0f'));
  desk.resend();
  expect(said()).toEqual(['slots', 'abort', 'slots']);
  expect(sent[1]).toMatchObject({ message: { body: { reason: 'enclave_lost' } } });
});

test('an enclave that is gone has no slots left to offer', () => {
  desk.serve(undefined);
  expect(sent).toMatchObject([{ message: { body: { enclaveKey: account('0e'), slots: 0, used: 0 } } }]);
});

test('retiring gives back what has no job, declared, serves the rest to its end, and then says so', async () => {
  const answer = desk.answer(offerOf('0a'), reply);
  chain[0]?.(true);
  await answer;
  const { leaseId: sold } = offerOf('0a').body;
  desk.beginJob(sold);
  sent.length = 0;
  let isRetired = false;
  const retired = desk.retire().then(() => {
    isRetired = true;
  });
  await Promise.resolve();
  expect([said(), isRetired]).toEqual([[], false]);
  desk.endJob(sold);
  await retired;
  expect(sent).toMatchObject([
    { type: 'abort', message: { body: { leaseId: sold, reason: 'draining' } } },
    { type: 'slots', message: { body: { used: 0 } } },
  ]);
});

import { type Hex, toHex } from '@hearth/attestation/receipt';
import { poolId } from '@hearth/sdk/market';
import {
  ed25519Key,
  isMessageSignedBy,
  jobClasses,
  type Lease,
  lease,
  leaseGrant,
  leaseRelease,
  modelDigest,
  nameOf,
  outlookList,
  type Policy,
  routes,
  signLeaseRelease,
} from '@hearth/sdk/protocol';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { newestRoundAt } from '../../sdk/src/drand/index.ts';
import { sampleNetwork, sampleRoundJson } from '../../sdk/src/drand/sample-network.ts';
import { policyFor } from '../builders/policy.ts';
import { answerOf, MarketWorld, manifest } from './market-world.ts';
import { auditOf } from './public-audit.ts';
import { type OfferPolicy, ScriptedHome } from './scripted-home.ts';
import { Newcomer } from './top-up-stories.ts';

const embeddingPrices = {
  inputMicroUsdPerMTok: '300000',
  cachedInputMicroUsdPerMTok: '0',
  outputMicroUsdPerMTok: '0',
};

/** For sale beside it; its weights are others. */
const otherModel = {
  ...manifest,
  name: 'other',
  files: [{ name: 'other.gguf', sha256: `0x${'5d'.repeat(32)}` as const, bytes: 1 }],
};

let world: MarketWorld;
let cheap: ScriptedHome;
let middle: ScriptedHome;
let dear: ScriptedHome;

beforeAll(async () => {
  world = await MarketWorld.start('market', {}, { embedding: embeddingPrices }, [otherModel]);
  cheap = await ScriptedHome.join(world, 'home a wallet', 31);
  middle = await ScriptedHome.join(world, 'home b wallet', 32);
  dear = await ScriptedHome.join(world, 'home c wallet', 33);
  await cheap.ask({ multiplierPpm: 1_000_000 });
  await middle.ask({ multiplierPpm: 1_500_000 });
  await dear.ask({ multiplierPpm: 2_000_000 });
});

afterEach(() => {
  for (const home of [cheap, middle, dear]) home.onOffer = () => 'accept';
});

afterAll(async () => {
  await world?.stop();
});

const refusal = (code: string) => ({ body: { error: expect.objectContaining({ code }) } });
const sellerOf = async (order: Awaited<ReturnType<MarketWorld['openOrder']>>) =>
  (await world.lease(order)).lease.body.nodeKey;

test('the cheapest ask sells, at its own price, and node and buyer hold the same signed lease', async () => {
  const order = await world.openOrder();
  const grant = await world.lease(order);
  const terms = grant.lease.body;
  expect(terms).toMatchObject({
    nodeKey: cheap.nodeKey.publicKey,
    multiplierPpm: 1_000_000,
    priceOutput: 1_000_000n,
  });
  expect(terms.leaseExpiresAtMs).toBeLessThanOrEqual(world.clock.nowMs() + 600_000);
  expect(grant.hold.body).toMatchObject({
    orderHash: order.orderHash,
    heldCumulativePicoUsd: terms.holdPicoUsd,
    holdSequence: 1,
  });
  const market = (await answerOf(await world.get(routes.market))).body as {
    log: { publicKey: `0x${string}` };
  };
  expect(isMessageSignedBy(lease, grant.lease, market.log.publicKey)).toBe(true);
  expect(await cheap.control.take(({ type }) => type === 'lease')).toEqual({
    type: 'lease',
    lease: grant.lease,
    hold: grant.hold,
  });
});

test('the models page says what each model is sold for, at which prices and by how many nodes', async () => {
  const { body } = await answerOf(await world.get(routes.models));
  expect(body).toMatchObject({
    models: [
      {
        classes: [
          { class: jobClasses.chat, nodes: 3, priceCard: { body: { outputMicroUsdPerMTok: '1000000' } } },
          { class: jobClasses.embedding, nodes: 0, priceCard: { body: embeddingPrices } },
        ],
      },
      { name: 'other', classes: [{ class: jobClasses.chat, nodes: 0 }] },
    ],
  });
});

test('a node that sells out after the checkpoint that a buyer cites is passed over, with its own counter for it', async () => {
  const order = await world.openOrder();
  const message = await world.leaseRequest(order);
  await cheap.countSlots(1, 1);
  const asked = cheap.control.seen.length;
  const { body } = await answerOf(await world.post(routes.leases, message, await world.apiKey()));
  const { lease: sold, clearing } = z.decode(leaseGrant, body as z.input<typeof leaseGrant>);
  expect(sold.body.nodeKey).toBe(middle.nodeKey.publicKey);
  expect(cheap.control.seen.slice(asked).filter(({ type }) => type === 'offer')).toEqual([]);
  const [full] = clearing.full;
  expect(full?.counterIndex).toBeGreaterThanOrEqual(Number(clearing.request.request.checkpointSize));
  await cheap.countSlots(4, 0);
  const found = await auditOf(world, [cheap]);
  expect(found.defects).toEqual([]);
  expect(found.clearings).toBeGreaterThan(1);
});

const secondSells = (policy: OfferPolicy) => async () => {
  cheap.onOffer = policy;
  const order = await world.openOrder();
  const grant = await world.lease(order);
  expect(grant.lease.body.nodeKey).toBe(middle.nodeKey.publicKey);
  expect(grant.clearing.ranking).toHaveLength(3);
  expect(grant.clearing.winner.askId).toBe(grant.clearing.ranking[1]);
};

test(
  'when the best node rejects, the second sells',
  secondSells(() => 'reject'),
);

test('a buyer that waits for the best node already is sold the second, and the ranking stays as it is', async () => {
  const order = await world.openOrder();
  const avoiding = async (...homes: ScriptedHome[]) =>
    answerOf(
      await world.post(
        routes.leases,
        {
          ...(await world.leaseRequest(order)),
          avoid: homes.map(({ statement }) => statement.enclaveKeys.enclaveKey),
        },
        await world.apiKey(),
      ),
    );
  const { clearing, lease: sold } = z.decode(leaseGrant, (await avoiding(cheap)).body as never);
  expect(sold.body.nodeKey).toBe(middle.nodeKey.publicKey);
  expect(clearing.ranking[1]).toBe(clearing.winner.askId);
  expect(clearing.request).not.toHaveProperty('avoid');
  expect(await avoiding(cheap, middle, dear)).toMatchObject({ status: 503, ...refusal('no_bid') });
});

test('an accept on other terms sells nothing', async () => {
  const order = await world.openOrder();
  cheap.onOffer = (offer) => {
    cheap.say({ type: 'accept', message: cheap.acceptOf({ ...offer, priceOutput: offer.priceOutput + 1n }) });
    return 'silent';
  };
  expect(await sellerOf(order)).toBe(middle.nodeKey.publicKey);
});

test('when nobody sells there is no bid, and no money is held', async () => {
  const order = await world.openOrder();
  for (const home of [cheap, middle, dear]) home.onOffer = () => 'reject';
  expect(await world.requestLease(order)).toMatchObject({ status: 503, ...refusal('no_bid') });
  const { body } = await answerOf(await world.get(routes.order(order.orderHash), await world.apiKey()));
  expect(body).toMatchObject({ status: 'open', holds: [], receipts: [] });
});

test('a node whose own counter says full is not asked', async () => {
  await middle.countSlots(2, 2);
  const order = await world.openOrder();
  const grant = await world.lease(order);
  expect(grant.lease.body.nodeKey).not.toBe(middle.nodeKey.publicKey);
  expect(grant.clearing.ranking).toHaveLength(2);
  await middle.countSlots(2, 0);
});

test('an ask younger than the newest finalised block does not compete', async () => {
  const order = await world.openOrder();
  const { askId } = await dear.ask({ multiplierPpm: 500_000 });
  const before = await world.lease(order);
  expect(before.clearing.ranking).not.toContain(askId);
  await world.passBlock();
  expect(await sellerOf(order)).toBe(dear.nodeKey.publicKey);
});

test('a price rise waits ten seconds, and the older price stands meanwhile', async () => {
  await dear.ask({ multiplierPpm: 2_000_000 });
  await world.passBlock();
  const order = await world.openOrder();
  expect(await sellerOf(order)).toBe(dear.nodeKey.publicKey);
  for (let block = 0; block < 10; block += 1) await world.passBlock(); // at least a second each
  expect(await sellerOf(order)).toBe(cheap.nodeKey.publicKey);
});

test('what the buyer wants decides who may sell', async () => {
  const order = await world.openOrder();
  for (const changes of [{ contextTokens: 5000 }, { minTier: 1 }, { class: 2 }, { maxPriceOutput: 900_000n }])
    expect(await world.requestLease(order, changes)).toMatchObject({ status: 503, ...refusal('no_bid') });
  const unknown = { modelDigest: `0x${'00'.repeat(32)}` as const };
  expect(await world.requestLease(order, unknown)).toMatchObject({
    status: 404,
    ...refusal('model_not_found'),
  });
});

test('the policy beside a request decides too: its first failing clause is counted where nobody is left', async () => {
  const order = await world.openOrder();
  const releases = [cheap, middle, dear].map(({ statement }) => statement.measurementHash);
  const seller = ({ statement }: ScriptedHome) => statement.enclaveKeys.provider as Hex;
  const shunning = policyFor(releases, { providers: { noneOf: [seller(cheap)] } });
  const { body } = await world.requestUnder(order, shunning);
  const { lease: sold, clearing } = z.decode(leaseGrant, body as z.input<typeof leaseGrant>);
  expect(sold.body.nodeKey).toBe(middle.nodeKey.publicKey);
  expect(clearing.unattested).toHaveLength(1);
  expect(JSON.stringify(body)).not.toContain('noneOf');

  const nobody = policyFor([], { providers: { noneOf: [seller(cheap)] } });
  const cases: [Policy, object][] = [
    [nobody, { 'policy.evidence.measurementHash': 3 }],
    [policyFor(releases, { providers: { anyOf: [] } }), { 'policy.providers': 3 }],
    [policyFor(releases, { regions: { noneOf: ['DE'] } }), { 'policy.regions': 3 }],
    [policyFor(releases, { keyExchange: { anyOf: ['x25519'] } }), { 'policy.keyExchange': 3 }],
    [policyFor(releases, { tier: { atLeast: 1 } }), { 'policy.tier': 3 }],
  ];
  for (const [unmet, refusals] of cases)
    expect(await world.requestUnder(order, unmet)).toMatchObject({
      status: 503,
      body: { error: { code: 'no_bid', details: { refusals } } },
    });
  expect(await world.requestUnder(order, shunning, nobody)).toMatchObject({
    status: 400,
    ...refusal('invalid_request'),
  });
});

test('each class of jobs is a market of its own: asks, price card, pool, book and clearing', async () => {
  const { completion, embedding, vision } = jobClasses;
  const { answer, askId } = await dear.ask({ class: embedding, multiplierPpm: 1_100_000 });
  expect(answer.type).toBe('promise');
  await world.passBlock();
  const order = await world.openOrder();
  const { lease: granted, clearing } = await world.lease(order, { class: embedding });
  expect(granted.body).toMatchObject({
    nodeKey: dear.nodeKey.publicKey,
    askId,
    poolId: poolId(world.modelDigest, 0, embedding),
    priceInput: 330_000n,
    priceOutput: 0n,
  });
  const chatSold = await world.lease(order);
  expect(chatSold.lease.body.nodeKey).toBe(cheap.nodeKey.publicKey); // its own ask for chat still stands
  expect(chatSold.clearing.priceCardHash).not.toBe(clearing.priceCardHash);
  expect(chatSold.clearing.books).not.toEqual(clearing.books);
  const chatCard = chatSold.clearing.priceCardHash;
  const misplaced = await dear.ask({ class: embedding, priceCardHash: chatCard });
  expect(misplaced.answer).toMatchObject({ type: 'refused' });
  for (const jobClass of [completion, vision])
    expect(await world.requestLease(order, { class: jobClass })).toMatchObject({
      status: 404,
      body: {
        error: { code: 'model_not_found', message: expect.stringContaining(nameOf(jobClasses, jobClass)) },
      },
    });
});

test('an enclave of several models states itself once for each, and a lease comes with the model that it is for', async () => {
  const ofOther = { model: otherModel.name, modelDigest: modelDigest(otherModel) };
  expect((await middle.ask(ofOther)).answer).toMatchObject({
    type: 'refused',
    message: expect.stringContaining(`modelDigest: expected one of ${world.modelDigest}`),
  });
  middle.say({ type: 'enclave', statement: { ...middle.statement, model: otherModel } });
  expect((await middle.ask(ofOther)).answer.type).toBe('promise');
  const sold = await world.lease(await world.openOrder(), { modelDigest: ofOther.modelDigest });
  expect(sold.lease.body).toMatchObject({
    nodeKey: middle.nodeKey.publicKey,
    modelDigest: ofOther.modelDigest,
  });
  expect(sold.enclave).toEqual({ ...middle.statement, model: otherModel });
  // The first model is on sale as before.
  cheap.onOffer = () => 'reject';
  expect((await world.lease(await world.openOrder())).enclave).toEqual(middle.statement);
});

test('by x402 an account that never deposited pays for an order, once, and the gateway ends it when told to', async () => {
  const newcomer = await Newcomer.arrive(world);
  await newcomer.paysForAnOrder();
  await newcomer.isAskedFirst();
  await newcomer.findsMoneyInItsTill();
  await newcomer.paysNobodyElse();
  newcomer.leave();
});

test('a request needs a known checkpoint, the session key of an open order and the account of the API key', async () => {
  const order = await world.openOrder();
  const cases: [Parameters<MarketWorld['requestLease']>[1], string][] = [
    [{ checkpointRoot: `0x${'01'.repeat(32)}` }, 'stale_checkpoint'],
    [{ orderHash: `0x${'02'.repeat(32)}` }, 'order_not_open'],
    [{ regionsHash: `0x${'03'.repeat(32)}` }, 'invalid_request'],
  ];
  for (const [changes, code] of cases)
    expect(await world.requestLease(order, changes)).toMatchObject(refusal(code));
  const request = await world.leaseRequest(order);
  const foreign = await answerOf(await world.post(routes.leases, request, await world.apiKey('stranger')));
  expect(foreign).toMatchObject({ status: 409, ...refusal('order_not_open') });
  const tampered = { ...request, request: { ...(request as { request: object }).request, holdPicoUsd: '1' } };
  const answer = await answerOf(await world.post(routes.leases, tampered, await world.apiKey()));
  expect(answer).toMatchObject({ status: 401, ...refusal('invalid_signature') });
});

test('the same signed request again is the same lease', async () => {
  const order = await world.openOrder();
  const request = await world.leaseRequest(order);
  const [first, second] = [
    await answerOf(await world.post(routes.leases, request, await world.apiKey())),
    await answerOf(await world.post(routes.leases, request, await world.apiKey())),
  ];
  expect(first.status).toBe(200);
  expect(second).toEqual(first);
  const fresh = await world.leaseRequest(order);
  const key = await world.apiKey();
  const [left, right] = await Promise.all(
    [1, 2].map(() => world.post(routes.leases, fresh, key).then(answerOf)),
  );
  expect(left?.status).toBe(200);
  expect(right).toEqual(left);
});

test('an order for two jobs offered to three homes is sold twice', async () => {
  const hold = 400_000_000n;
  const order = await world.openOrder({ maxSpendMicroUsd: 800n });
  const sellers: string[] = [];
  for (const home of [cheap, middle, dear]) {
    for (const node of [cheap, middle, dear]) node.onOffer = () => (node === home ? 'accept' : 'reject');
    const { status, body } = await world.requestLease(order, { holdPicoUsd: hold });
    if (status === 200)
      sellers.push(z.decode(leaseGrant, body as z.input<typeof leaseGrant>).lease.body.nodeKey);
    else expect({ status, body }).toMatchObject({ status: 402, ...refusal('insufficient_funds') });
  }
  expect(sellers).toHaveLength(2);
  const { body } = await answerOf(await world.get(routes.order(order.orderHash), await world.apiKey()));
  const { holds } = body as { holds: { body: { heldCumulativePicoUsd: string } }[] };
  expect(holds.map((held) => held.body.heldCumulativePicoUsd)).toEqual([`${hold}`, `${hold}`]);
});

const foreseen = async () => {
  const { body } = await answerOf(await world.get(routes.outlook));
  return z.decode(outlookList, body as z.input<typeof outlookList>).outlooks;
};
/** A slot counter follows the outlook on the same lane: when it is answered, the outlook has been looked at. */
const afterCount = async (home: ScriptedHome, pause?: 'energy') => {
  expect(await home.countSlots(4, 0, pause && { pause })).toMatchObject({ type: 'promise' });
};

test('windows that a node foresees are shown as it signed them, replaced whole, and taken from nobody else', async () => {
  const first = cheap.foresee([[1, 3]]);
  await afterCount(cheap);
  expect(await foreseen()).toEqual([first]);
  const second = cheap.foresee(
    [
      [2, 3],
      [20, 21],
    ],
    { atMs: first.body.atMs + 1 },
  );
  const older = cheap.foresee([[5, 6]], { atMs: first.body.atMs });
  cheap.foresee([[7, 8]], { atMs: Date.now() + 3_600_000 });
  cheap.foresee([[7, 8]], { enclaveKey: middle.enclave.enclaveKey });
  cheap.foresee([[7, 8]], {}, middle.nodeKey);
  await afterCount(cheap);
  expect(await foreseen()).toEqual([second]);
  expect(older.body.atMs).toBeLessThan(second.body.atMs);
  const refusals = cheap.control.seen.filter(({ type }) => type === 'refused').slice(-3);
  expect(refusals).toMatchObject([
    { code: 'invalid_request', message: expect.stringMatching(/^outlook, atMs: expected at most/) },
    { code: 'invalid_request', message: expect.stringMatching(/^outlook, enclaveKey: expected/) },
    { code: 'invalid_signature' },
  ]);
});

test('a node that sells nothing in a window that it foresaw, and withdraws it, has done nothing wrong', async () => {
  const faults = async () => (await auditOf(world, [cheap])).defects;
  const listed = cheap.foresee([[0, 3]], { atMs: Date.now() + 10 });
  await afterCount(cheap, 'energy');
  const order = await world.openOrder();
  expect((await world.lease(order)).lease.body.nodeKey).toBe(middle.nodeKey.publicKey);
  expect(await foreseen()).toEqual([listed]);
  const withdrawn = cheap.foresee([], { atMs: listed.body.atMs + 1 });
  await afterCount(cheap);
  expect(await foreseen()).toEqual([withdrawn]);
  expect(await sellerOf(await world.openOrder())).toBe(cheap.nodeKey.publicKey);
  expect(await faults()).toEqual([]);
  const limits = cheap.control.seen.flatMap((message) =>
    message.type === 'standing' ? message.message.body.limits : [],
  );
  expect(limits).toEqual([]);
});

test('an unregistered enclave with perfect evidence sells nothing', async () => {
  const registered = cheap.enclave;
  const stranger = new ScriptedHome(world, {
    ...registered,
    nodeKey: ed25519Key(new Uint8Array(32).fill(77)),
  });
  await stranger.connect();
  stranger.say({ type: 'enclave', statement: stranger.statement });
  expect(await stranger.control.take(({ type }) => type === 'refused')).toMatchObject({
    code: 'evidence_rejected',
  });
});

test('an aborted lease is over, and its money serves the next lease of the same pair', async () => {
  const order = await world.openOrder({ maxSpendMicroUsd: 1_000n });
  const grant = await world.lease(order);
  expect(grant.lease.body.nodeKey).toBe(cheap.nodeKey.publicKey);
  expect(await world.requestLease(order)).toMatchObject({ status: 402, ...refusal('insufficient_funds') });
  cheap.abort(grant.lease.body.leaseId);
  cheap.abort(grant.lease.body.leaseId); // refused, which tells that the first one is through
  await cheap.control.take(
    (message) => message.type === 'refused' && message.ref === grant.lease.body.leaseId,
  );
  world.clock.passTo(world.clock.nowMs() + 6_000); // an order that ran out of money pauses for 5 s
  expect((await world.requestLease(order)).status).toBe(200);
});

test('a lease that its buyer gives back is over for gateway and node, makes room, and its money serves the next one', async () => {
  const order = await world.openOrder({ maxSpendMicroUsd: 1_000n });
  const { body: terms } = (await world.lease(order)).lease;
  expect(await world.requestLease(order)).toMatchObject({ status: 402, ...refusal('insufficient_funds') });
  const release = async (key: Uint8Array, account?: Parameters<MarketWorld['apiKey']>[0]) =>
    world.post(
      routes.leaseReleases,
      z.encode(leaseRelease, signLeaseRelease(world.escrow.domain, terms, toHex(key))),
      await world.apiKey(account),
    );
  const { sessionPrivateKey } = world.escrow;
  expect(await answerOf(await release(sessionPrivateKey, 'stranger'))).toMatchObject(
    refusal('lease_invalid'),
  );
  expect(await answerOf(await release(new Uint8Array(32).fill(3)))).toMatchObject(
    refusal('invalid_signature'),
  );
  for (const _again of [1, 2]) {
    expect((await release(sessionPrivateKey)).status).toBe(204);
    const heard = await cheap.control.take(({ type }) => type === 'release');
    expect(heard).toMatchObject({ message: { release: { leaseId: terms.leaseId } } });
  }
  world.clock.passTo(world.clock.nowMs() + 6_000); // an order that ran out of money pauses for 5 s
  expect((await world.requestLease(order)).status).toBe(200);
});

test('an order with sixteen leases that it does not use gets no other, until it gives one back', async () => {
  const order = await world.openOrder();
  const holdPicoUsd = 1_000_000n;
  const sold = [];
  for (let n = 0; n < 16; n += 1) sold.push((await world.lease(order, { holdPicoUsd })).lease.body);
  expect(await world.requestLease(order, { holdPicoUsd })).toMatchObject(refusal('rate_limited'));
  const [first] = sold as [Lease, ...Lease[]];
  const { sessionPrivateKey, domain } = world.escrow;
  const message = z.encode(leaseRelease, signLeaseRelease(domain, first, toHex(sessionPrivateKey)));
  await world.post(routes.leaseReleases, message, await world.apiKey());
  expect((await world.requestLease(order, { holdPicoUsd })).status).toBe(200);
});

test(
  'when the best node does not answer, the second sells',
  secondSells(() => 'silent'),
);

test('a node that did not answer is asked last for a while, and nothing else happens to it', async () => {
  const order = await world.openOrder();
  cheap.onOffer = () => {
    throw new Error('it was asked');
  };
  const grant = await world.lease(order); // the test before left an offer unanswered
  expect(grant.lease.body.nodeKey).toBe(middle.nodeKey.publicKey);
  expect(grant.clearing.ranking[0]).not.toBe(grant.clearing.winner.askId);
});

test('after a restart the book is rebuilt from the log and the homes sell again, ties broken by drand', async () => {
  const order = await world.openOrder();
  const grant = await world.lease(order);
  await world.stopBackend();
  world.clock.passTo(world.clock.nowMs() + 3_000);
  const network = sampleNetwork(7, Math.floor(world.clock.nowMs() / 1000) - 300);
  const round = newestRoundAt(network, world.clock.nowMs());
  await world.startBackend({
    DRAND_SOURCE: world.file('round.json', sampleRoundJson(7, round)),
    DRAND_NETWORK_FILE: world.file('network.json', network),
  });
  const home = new ScriptedHome(world, middle.enclave);
  await home.connect();
  home.say({ type: 'enclave', statement: home.statement });
  await home.countSlots(2, 0, { seq: 100 });
  const sold = await world.lease(order); // on the ask of before the restart: no new one was made
  expect(sold.lease.body.nodeKey).toBe(middle.nodeKey.publicKey);
  expect(sold.clearing.ranking).toEqual([sold.lease.body.askId]); // the only home that is back
  expect(grant.clearing.ranking).toContain(sold.lease.body.askId);

  expect(sold.clearing.beacon).toMatchObject({ drandChain: network.chainHash, round });
  const found = await auditOf(world, [home], { drand: network });
  expect(found.defects).toEqual([]);
  expect(found.beacons).toEqual({ blocks: found.clearings - 1, drandRounds: 1 });
  const { publicKey } = sampleNetwork(8);
  const forged = await auditOf(world, [], { drand: { ...network, publicKey } });
  expect(forged.defects).toEqual([expect.objectContaining({ code: 'beacon_altered' })]);
});

import { ed25519Key, linkFrameTypes, linkLimits, type ToAgent } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RegisteredEnclave } from './escrow-world.ts';
import { MarketWorld } from './market-world.ts';
import { ScriptedHome } from './scripted-home.ts';

let world: MarketWorld;
let enclave: RegisteredEnclave;
let other: RegisteredEnclave;

beforeAll(async () => {
  world = await MarketWorld.start('agent_link');
  enclave = await world.escrow.registerEnclave('home a wallet', 41);
  other = await world.escrow.registerEnclave('home b wallet', 42);
  await world.refresh();
});

afterAll(async () => {
  await world?.stop();
});

const opened = async () => {
  const home = new ScriptedHome(world, enclave);
  await home.open();
  return home;
};
const connected = async (of = enclave) => {
  const home = new ScriptedHome(world, of);
  await home.connect();
  return home;
};
const refused = (home: ScriptedHome) => home.control.take((message: ToAgent) => message.type === 'refused');

test('a good hello is welcomed with log key and price cards', async () => {
  const home = await connected();
  expect(home.control.seen.at(-1)).toMatchObject({
    type: 'welcome',
    priceCards: [{ body: { model: 'scripted' } }],
  });
});

test.each([
  ['another challenge', { challenge: `0x${'11'.repeat(32)}` as const }],
  ['another gateway', { gateway: 'elsewhere' }],
  ['another node than its signer', { nodeKey: ed25519Key(new Uint8Array(32).fill(9)).publicKey }],
])('a hello for %s closes the link', async (_, changes) => {
  const home = new ScriptedHome(world, enclave);
  await home.connect(changes);
  expect(await home.closed).toBe(1002);
  expect(home.control.seen.map(({ type }) => type)).toEqual(['challenge']);
});

test('anything before hello closes the link', async () => {
  const early = [
    async (home: ScriptedHome) => home.say({ type: 'enclave', statement: home.statement }),
    async (home: ScriptedHome) => home.send(linkFrameTypes.data, 1),
    async (home: ScriptedHome) => home.sayRaw('not json'),
  ];
  for (const speak of early) {
    const home = await opened();
    await speak(home);
    expect(await home.closed).toBe(1002);
  }
});

test('a message above the limit closes the link', async () => {
  const home = await connected();
  home.sayRaw(' '.repeat(linkLimits.maxMessageBytes + 1));
  expect(await home.closed).not.toBe(1000);
});

test('the newer connection of a node replaces the older', async () => {
  const older = await connected();
  const newer = await connected();
  expect(await older.closed).toBe(4002);
  newer.say({ type: 'enclave', statement: newer.statement });
  expect((await newer.ask({ seq: 1 })).answer.type).toBe('promise');
});

test('a browser page cannot open a link', async () => {
  const response = await fetch(`${world.url}/v1/agents`, { headers: { origin: 'https://evil.example' } });
  expect(response.status).toBe(404);
});

test('evidence of another enclave, foreign HPKE keys and false claims are refused', async () => {
  const home = await connected(other);
  const { statement } = home;
  const foreign = new ScriptedHome(world, enclave).statement;
  const [config] = foreign.keyConfigs;
  if (config === undefined) throw new Error('a statement has a key');
  for (const wrong of [
    foreign,
    { ...statement, evidence: foreign.evidence },
    { ...statement, keyConfigs: [config] },
    { ...statement, measurementHash: foreign.evidenceHash },
    { ...statement, platformId: foreign.platformId },
    { ...statement, enclaveKeys: { ...statement.enclaveKeys, tier: 1 } },
    { ...statement, evidence: { ...statement.evidence, collateral: {} } },
  ]) {
    home.say({ type: 'enclave', statement: wrong });
    expect(await refused(home)).toMatchObject({ code: 'evidence_rejected' });
  }
  const { answer } = await home.ask();
  expect(answer).toMatchObject({ type: 'refused', code: 'evidence_rejected' });
});

test('asks chain: a gap, a fork, a foreign price card and a false tier are refused, a repeat gets the same promise', async () => {
  const home = await connected(other);
  home.say({ type: 'enclave', statement: home.statement });
  const first = await home.ask();
  expect(first.answer.type).toBe('promise');
  for (const changes of [
    { seq: 3 },
    { prevAskHash: `0x${'77'.repeat(32)}` as const },
    { priceCardHash: `0x${'77'.repeat(32)}` as const },
    { tier: 1 },
    { provider: enclave.provider },
    { enclaveKey: enclave.enclaveKey },
    { nodeKey: enclave.nodeKey.publicKey },
  ])
    expect((await home.ask(changes)).answer).toMatchObject({ type: 'refused' });
  const { seq, prevAskHash } = first.body;
  expect((await home.ask({ ...first.body, seq, prevAskHash })).answer).toEqual(first.answer);
  expect((await home.ask({ seq: 2, prevAskHash: first.askId })).answer.type).toBe('promise');
});

test('slot counters never go back and never count more than there is', async () => {
  const home = await connected(other);
  home.say({ type: 'enclave', statement: home.statement });
  expect((await home.countSlots(2, 1, { seq: 10 })).type).toBe('promise');
  expect((await home.countSlots(2, 0, { seq: 10 })).type).toBe('refused');
  expect((await home.countSlots(2, 0, { seq: 9 })).type).toBe('refused');
  expect((await home.countSlots(2, 3, { seq: 11 })).type).toBe('refused');
  expect((await home.countSlots(2, 0, { seq: 12 })).type).toBe('promise');
});

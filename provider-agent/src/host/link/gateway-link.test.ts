import type { Hex } from '@hearth/attestation/receipt';
import {
  ed25519Key,
  encodeLinkFrame,
  hello,
  isMessageSignedBy,
  linkFrameTypes,
  logPromise,
  priceCard,
  signMessage,
  type ToAgent,
} from '@hearth/sdk/protocol';
import { beforeEach, expect, test } from '@jest/globals';
import { FakeTime } from '../testing/fake-time.ts';
import { FakeTransport } from '../testing/fake-transport.ts';
import { GatewayLink, linkUrl } from './gateway-link.ts';

const nodeKey = ed25519Key(new Uint8Array(32).fill(1));
const logKey = ed25519Key(new Uint8Array(32).fill(2));
const strangerKey = ed25519Key(new Uint8Array(32).fill(3));
const hash = (byte: string): Hex => `0x${byte.repeat(32)}`;
const challenge: ToAgent = { type: 'challenge', challenge: hash('ab'), gateway: 'gateway.test', timeMs: 1 };
const welcome: ToAgent = { type: 'welcome', logKey: logKey.publicKey, priceCards: [] };

let time: FakeTime;
let events: string[];
let transport: FakeTransport;
let link: GatewayLink;

beforeEach(() => {
  time = new FakeTime();
  events = [];
  transport = new FakeTransport();
  link = new GatewayLink(
    {
      gateway: 'http://one.test',
      nodeKey,
      transport,
      clock: time,
      timers: time,
      random: { fraction: () => 1 },
    },
    {
      onConnecting: () => events.push('connecting'),
      onGatewayTime: () => {},
      onLinked: () => events.push('linked'),
      onMessage: (message) => events.push(message.type),
      onFrame: () => events.push('frame'),
      onLost: ({ reason, retryInMs, wasLinked }) =>
        events.push(`${wasLinked ? 'lost' : 'failed'}: ${reason}, retry in ${retryInMs}`),
    },
  );
  link.start();
});

const newest = () => transport.newest;
const say = (message: ToAgent) => newest().say(message);
const promise = (key: typeof logKey): ToAgent => ({
  type: 'promise',
  message: signMessage(logPromise, { v: 1, messageId: hash('01'), timestampMs: 5, inLogByMs: 6 }, key),
});

test('the node proves its key on the challenge of this gateway and is then linked', () => {
  say(challenge);
  const [answer] = newest().sent;
  if (answer?.type !== 'hello') throw new Error(`expected hello, got ${answer?.type}`);
  expect(answer.message.body).toEqual({
    v: 1,
    nodeKey: nodeKey.publicKey,
    challenge: hash('ab'),
    gateway: 'gateway.test',
  });
  expect(isMessageSignedBy(hello, answer.message, nodeKey.publicKey)).toBe(true);
  expect(link.isLinked).toBe(false);
  say(welcome);
  expect(link.isLinked).toBe(true);
  expect(events).toEqual(['connecting', 'linked']);
});

test('a gateway that refuses is tried again, with growing delays', () => {
  newest().listener.onClose('refused');
  expect(events.at(-1)).toBe('failed: refused, retry in 500');
  time.advance(499);
  expect(transport.connections).toHaveLength(1);
  time.advance(1);
  newest().listener.onClose('refused');
  expect(events.at(-1)).toBe('failed: refused, retry in 1000');
  time.advance(1000);
  expect(transport.connections.map(({ url }) => url)).toEqual(Array(3).fill('ws://one.test/v1/agents'));
});

test('a link that had lasted starts again with the short delay, one that fell at once does not', () => {
  newest().listener.onClose('refused');
  time.advance(500);
  say(challenge);
  say(welcome);
  time.advance(9_999);
  newest().listener.onClose('gone');
  expect(events.at(-1)).toBe('lost: gone, retry in 1000');
  time.advance(1_000);
  say(challenge);
  say(welcome);
  time.advance(10_000);
  newest().listener.onClose('gone');
  expect(events.at(-1)).toBe('lost: gone, retry in 500');
});

test('a gateway that falls silent is given up, one that pings is kept', () => {
  say(challenge);
  say(welcome);
  for (let ping = 0; ping < 10; ping += 1) {
    time.advance(5_000);
    newest().listener.onActivity();
  }
  expect(link.isLinked).toBe(true);
  time.advance(15_000);
  expect(link.isLinked).toBe(false);
  expect(events.at(-1)).toContain('lost: terminated');
});

test('a gateway that never welcomes is given up as well', () => {
  time.advance(15_000);
  expect(events.at(-1)).toContain('failed: terminated');
});

test('a message signed by another key than the one in welcome ends the link unread', () => {
  say(challenge);
  say(welcome);
  say(promise(logKey));
  expect(events.at(-1)).toBe('promise');
  say(promise(strangerKey));
  expect(events.at(-1)).toMatch(/^lost: log-promise: expected a signature by/);
  expect(newest().isOpen).toBe(false);
});

test('price cards in a welcome must be signed by its log key', () => {
  const card = {
    v: 1 as const,
    model: 'ember',
    modelDigest: hash('0c'),
    class: 0,
    inputMicroUsdPerMTok: 1n,
    cachedInputMicroUsdPerMTok: 1n,
    outputMicroUsdPerMTok: 1n,
    validFromMs: 1,
  };
  say(challenge);
  say({ ...welcome, priceCards: [signMessage(priceCard, card, strangerKey)] } as ToAgent);
  expect(events.at(-1)).toMatch(/^failed: price-card: expected a signature by/);
});

test.each([
  ['nonsense', 'not JSON'],
  ['{"type":"offer"}', 'malformed message'],
  [JSON.stringify({ type: 'receipt-stored', receiptHash: hash('01') }), 'expected welcome'],
])('%s before welcome ends the link', (text, reason) => {
  newest().listener.onText(text);
  expect(events.at(-1)).toContain(reason);
  expect(link.isLinked).toBe(false);
});

test('a frame before welcome ends the link', () => {
  newest().listener.onBinary(encodeLinkFrame(linkFrameTypes.open, 1, new Uint8Array(32)));
  expect(events.at(-1)).toContain('a frame before welcome');
});

test('after stop nothing is tried, nothing is reported and no timer is left', () => {
  say(challenge);
  say(welcome);
  const before = events.length;
  link.stop();
  newest().listener.onText('late');
  time.advance(120_000);
  expect(events).toHaveLength(before);
  expect(transport.connections).toHaveLength(1);
  expect(time.pendingTasks).toBe(0);
});

test('messages to nobody are refused, so that their sender keeps them', () => {
  expect(
    link.send({
      type: 'hello',
      message: signMessage(
        hello,
        { v: 1, nodeKey: nodeKey.publicKey, challenge: hash('00'), gateway: 'g' },
        nodeKey,
      ),
    }),
  ).toBe(false);
});

test.each([
  ['http://127.0.0.1:8080', 'ws://127.0.0.1:8080/v1/agents'],
  ['https://gateway.test/', 'wss://gateway.test/v1/agents'],
  ['wss://gateway.test/eu', 'wss://gateway.test/eu/v1/agents'],
])('%s is dialled at %s', (url, expected) => {
  expect(linkUrl(url)).toBe(expected);
});

import type { Hex } from '@hearth/attestation/receipt';
import { ed25519Key, type FromAgent, reject, signMessage, slotCounter } from '@hearth/sdk/protocol';
import { beforeEach, expect, test } from '@jest/globals';
import { FakeTime } from '../testing/fake-time.ts';
import { FakeTransport } from '../testing/fake-transport.ts';
import { account } from '../testing/sample-receipt.ts';
import { sampleStatement } from '../testing/sample-statement.ts';
import { GatewayLinks } from './gateway-links.ts';

const nodeKey = ed25519Key(new Uint8Array(32).fill(1));
const logKey = ed25519Key(new Uint8Array(32).fill(2));
const strangerKey = ed25519Key(new Uint8Array(32).fill(3));
const hash = (byte: string): Hex => `0x${byte.repeat(32)}`;
const [one, two] = ['ws://one.test/v1/agents', 'ws://two.test/v1/agents'];

let time: FakeTime;
let transport: FakeTransport;
let events: string[];
let links: GatewayLinks;

beforeEach(() => {
  time = new FakeTime();
  transport = new FakeTransport();
  events = [];
  links = new GatewayLinks(
    {
      gateways: ['http://one.test', 'http://two.test'],
      direct: undefined,
      nodeKey,
      transport,
      clock: time,
      timers: time,
      random: { fraction: () => 1 },
    },
    {
      onConnecting: () => {},
      onGatewayTime: () => {},
      onLinked: (url) => events.push(`linked ${url}`),
      onMessage: (url, { type }) => events.push(`${type} from ${url}`),
      onFrame: (url) => events.push(`frame from ${url}`),
      onLost: (url, { reason }) => events.push(`lost ${url}: ${reason}`),
    },
  );
  links.start();
});

function welcome(url: string, key = logKey): void {
  const connection = transport.to(url);
  connection.say({ type: 'challenge', challenge: hash('ab'), gateway: 'log.test', timeMs: 1 });
  connection.say({ type: 'welcome', logKey: key.publicKey, priceCards: [] });
}

const rejection = (byte: string): FromAgent => {
  const body = {
    v: 1 as const,
    leaseId: hash(byte),
    nodeKey: nodeKey.publicKey,
    reason: 'slots_full' as const,
  };
  return { type: 'reject', message: signMessage(reject, { ...body, atMs: 1 }, nodeKey) };
};
const counter = (seq: number, enclave: string): FromAgent => {
  const slots = { slots: 1, used: 0, pause: null };
  const body = { v: 1 as const, nodeKey: nodeKey.publicKey, enclaveKey: account(enclave), ...slots };
  return { type: 'slots', message: signMessage(slotCounter, { ...body, seq, atMs: 1 }, nodeKey) };
};
const spokenOf = (message: FromAgent): (string | number)[] => {
  if (message.type === 'slots') return [message.message.body.seq];
  return message.type === 'enclave' ? [message.statement.enclaveKeys.enclaveKey.slice(2, 4)] : [];
};
const heardBy = (url: string) =>
  transport
    .to(url)
    .sent.flatMap((message) => (message.type === 'reject' ? [message.message.body.leaseId.slice(2, 4)] : []));

test('the log hears a message once, from the preferred replica that is there', () => {
  expect(links.send(rejection('01'))).toBe(false);
  welcome(two);
  expect(links.send(rejection('02'))).toBe(true);
  welcome(one);
  links.send(rejection('03'));
  transport.to(one).close('killed');
  links.send(rejection('04'));
  expect([heardBy(one), heardBy(two)]).toEqual([['03'], ['02', '04']]);
});

test('an answer goes to the one that asked', () => {
  welcome(one);
  welcome(two);
  links.sendTo(two, rejection('04'));
  expect([heardBy(one), heardBy(two)]).toEqual([[], ['04']]);
});

test('each replica hears of the enclave, and before that no counter of it', () => {
  expect(links.introduce(sampleStatement(account('0e')))).toBe(false);
  welcome(one);
  expect(links.send(counter(1, '0e'))).toBe(false);
  expect(links.introduce(sampleStatement(account('0e')))).toBe(true);
  expect(links.send(counter(2, '0e'))).toBe(true);
  welcome(two);
  transport.to(one).close('killed');
  expect(links.send(counter(3, '0e'))).toBe(false); // the other one knows nothing of it yet
  links.introduce(sampleStatement(account('0e')));
  expect(links.send(counter(4, '0e'))).toBe(true);
  time.advance(500);
  welcome(one); // a new link knows nothing of the old one's enclave
  links.send(counter(5, '0e'));
  expect(links.send(counter(6, '1e'))).toBe(false); // a restarted enclave is another one
  links.introduce(sampleStatement(account('1e')));
  expect(links.send(counter(7, '1e'))).toBe(true);
  expect(transport.connections.map(({ sent }) => sent.flatMap(spokenOf))).toEqual([
    ['0e', 2],
    ['0e', 4, 5, '1e'],
    ['1e', 7],
  ]);
});

test('frames and their answers stay on their link', () => {
  welcome(one);
  welcome(two);
  transport.to(two).listener.onBinary(new Uint8Array(5));
  links.sendFrame(two, new Uint8Array(7));
  expect(events.at(-1)).toBe(`frame from ${two}`);
  expect([transport.to(one).frames, transport.to(two).frames]).toEqual([[], [new Uint8Array(7)]]);
});

test('one link lost is not all of them', () => {
  welcome(one);
  welcome(two);
  transport.to(one).close('killed');
  expect([events.at(-1), links.isLinked]).toEqual([`lost ${one}: killed`, true]);
  transport.to(two).close('killed');
  expect(links.isLinked).toBe(false);
  time.advance(500);
  welcome(one);
  expect([events.at(-1), links.isLinked]).toEqual([`linked ${one}`, true]);
});

test('a gateway of another market gets no link beside this one', () => {
  welcome(one);
  welcome(two, strangerKey);
  expect(events.at(-1)).toMatch(/^lost ws:\/\/two.test.*not replicas of one market/);
  expect(transport.to(two).isOpen).toBe(false);
  expect(transport.to(one).isOpen).toBe(true);
});

test('after stop no link is left', () => {
  welcome(one);
  welcome(two);
  links.stop();
  expect(transport.connections.map(({ isOpen }) => isOpen)).toEqual([false, false]);
  expect(time.pendingTasks).toBe(0);
});

import type { Hex } from '@hearth/attestation/receipt';
import { ed25519Key, type FromAgent, reject, signMessage } from '@hearth/sdk/protocol';
import { beforeEach, expect, test } from '@jest/globals';
import { FakeTime } from '../testing/fake-time.ts';
import { FakeTransport } from '../testing/fake-transport.ts';
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

test('what each replica keeps for itself goes to all that are there, an answer to the one that asked', () => {
  expect(links.sendToAll(rejection('01'))).toBe(false);
  welcome(one);
  expect(links.sendToAll(rejection('02'))).toBe(true);
  welcome(two);
  links.sendToAll(rejection('03'));
  links.sendTo(two, rejection('04'));
  expect([heardBy(one), heardBy(two)]).toEqual([
    ['02', '03'],
    ['03', '04'],
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

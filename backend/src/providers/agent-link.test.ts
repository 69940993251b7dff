import { type Hex, toHex } from '@hearth/attestation/receipt';
import {
  ed25519Key,
  type FromAgent,
  fromAgent,
  type HearthError,
  hello,
  linkLimits,
  signMessage,
} from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { AgentLink } from './agent-link.ts';
import type { AgentTransport, LinkCloseCode } from './agent-transport.ts';

/** Time that passes only when told; whoever sleeps is woken in order. */
class ManualClock {
  private timeMs = 1_000_000;
  private sleepers: { atMs: number; wake: () => void }[] = [];

  nowMs(): number {
    return this.timeMs;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const sleeper = { atMs: this.timeMs + ms, wake: resolve };
      this.sleepers.push(sleeper);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  async pass(ms: number): Promise<void> {
    this.timeMs += ms;
    const due = this.sleepers.filter(({ atMs }) => atMs <= this.timeMs);
    this.sleepers = this.sleepers.filter(({ atMs }) => atMs > this.timeMs);
    for (const { wake } of due) wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

class FakeTransport implements AgentTransport {
  readonly sent: unknown[] = [];
  readonly bufferedBytes = 0;
  pings = 0;
  closedWith: LinkCloseCode | 'terminated' | undefined;

  sendText(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  sendBinary(): void {
    throw new Error('no job runs here');
  }
  ping(): void {
    this.pings += 1;
  }
  close(code: LinkCloseCode): void {
    this.closedWith ??= code;
  }
  terminate(): void {
    this.closedWith ??= 'terminated';
  }
}

const key = ed25519Key(new Uint8Array(32).fill(3));
const gateway = 'test gateway';

function connect() {
  const clock = new ManualClock();
  const transport = new FakeTransport();
  const events: string[] = [];
  const violations: HearthError[] = [];
  const link = new AgentLink({
    clock,
    random: { bytes: (length) => new Uint8Array(length).fill(8) },
    gateway,
    owner: {
      onReady: () => events.push('ready'),
      onMessage: (_, { type }) => events.push(type),
      onClosed: () => events.push('closed'),
      onViolation: (_, violation) => violations.push(violation),
    },
  });
  link.start(transport);
  const say = (message: FromAgent) => link.onText(JSON.stringify(z.encode(fromAgent, message)));
  const greet = () =>
    say({
      type: 'hello',
      message: signMessage(hello, { v: 1, nodeKey: key.publicKey, challenge, gateway }, key),
    });
  return { clock, transport, events, violations, link, say, greet };
}

const challenge: Hex = toHex(new Uint8Array(32).fill(8));
const reject = (): FromAgent => ({
  type: 'reject',
  message: {
    body: { v: 1, leaseId: challenge, nodeKey: key.publicKey, reason: 'slots_full', atMs: 1 },
    signature: `0x${'00'.repeat(64)}`,
  },
});

test('the gateway speaks first, with a challenge', () => {
  const { transport, events } = connect();
  expect(transport.sent).toEqual([{ type: 'challenge', challenge, gateway, timeMs: 1_000_000 }]);
  expect(events).toEqual([]);
});

test('a connection that never says hello is closed in time', async () => {
  const { clock, transport, events } = connect();
  await clock.pass(linkLimits.helloTimeoutMs - 1);
  expect(transport.closedWith).toBeUndefined();
  await clock.pass(1);
  expect([transport.closedWith, events]).toEqual([4001, []]);
});

test('after hello, messages reach the owner; a second hello ends the link', () => {
  const { events, say, greet, transport, violations } = connect();
  greet();
  say(reject());
  expect(events).toEqual(['ready', 'reject']);
  greet();
  expect([transport.closedWith, events.at(-1), violations[0]?.message]).toEqual([
    1002,
    'closed',
    'agent link: a second hello',
  ]);
});

test('a node that answers pings stays, and its round trip is known', async () => {
  const { clock, link, transport, greet } = connect();
  greet();
  await clock.pass(40);
  link.onPong();
  expect(link.roundTripMs).toBe(40);
  for (let i = 0; i < 5; i += 1) {
    await clock.pass(linkLimits.pingIntervalMs);
    link.onPong();
  }
  expect([transport.closedWith, transport.pings]).toEqual([undefined, 6]);
});

test('a node that stops answering is cut off after one interval', async () => {
  const { clock, link, transport, events, greet } = connect();
  greet();
  link.onPong();
  await clock.pass(linkLimits.helloTimeoutMs);
  expect(transport.closedWith).toBeUndefined();
  await clock.pass(linkLimits.pingIntervalMs);
  expect([transport.closedWith, events]).toEqual(['terminated', ['ready', 'closed']]);
});

test('a flood of messages ends the link', () => {
  const { say, greet, transport, violations } = connect();
  greet();
  for (let i = 0; i < 500; i += 1) say(reject());
  expect([transport.closedWith, violations.map(({ message }) => message)]).toEqual([
    1002,
    ['agent link: too many control messages'],
  ]);
});

test('after the end nothing is heard and nothing is sent', () => {
  const { link, say, greet, transport, events } = connect();
  greet();
  link.onClose();
  const told = transport.sent.length;
  say(reject());
  link.send({ type: 'receipt-stored', receiptHash: challenge });
  expect([events, transport.sent.length]).toEqual([['ready', 'closed'], told]);
});

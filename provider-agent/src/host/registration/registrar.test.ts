import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { RegisteredEnclave } from '../chain/market-chain.ts';
import { FakeTime } from '../testing/fake-time.ts';
import type { LiveEnclave } from './enclave-session.ts';
import { Registrar } from './registrar.ts';

const MINUTE_MS = 60_000;
const enclaveKey = `0x${'e1'.repeat(20)}`;

let time: FakeTime;
let life: AbortController;
let running: Promise<void>;
let said: string[];
/** What the registry answers; an error when nothing does. */
let answer: RegisteredEnclave | Error;

/** An enclave that has been registered, with most of its day before it. */
beforeEach(async () => {
  time = new FakeTime();
  life = new AbortController();
  said = [];
  answer = registered();
  const unused = () => {
    throw new Error('it is registered: nothing is to be sent');
  };
  const registrar = new Registrar({
    dataDir: '/nowhere',
    request: { chainId: 31_337, registry: '0x01', provider: '0x02', nodeKey: '0x03' },
    chain: {
      enclave: async () => {
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    transactions: new Proxy({} as never, { get: unused }),
    clock: time,
    timers: time,
    random: { fraction: () => 0.5 },
    report: (state, message) => said.push(`${state}: ${message}`),
    requote: unused,
    onRegistered: () => said.push('offered'),
    onBarred: () => said.push('not offered'),
  });
  const enclave = { booted: { enclaveKeys: { enclaveKey } }, signal: life.signal } as unknown as LiveEnclave;
  running = registrar.keepRegistered(enclave);
  await pass(0);
});
afterEach(async () => {
  life.abort();
  await running;
});

function registered(barred?: RegisteredEnclave['barred']): RegisteredEnclave {
  const expiresAtUnixSec = time.nowMs() / 1000 + 24 * 3600;
  return { provider: '0x02', expiresAtUnixSec, ...(barred ? { barred } : {}) };
}

/** Time passes, and whatever that set off has run. */
async function pass(ms: number): Promise<void> {
  time.advance(ms);
  await new Promise((resolve) => setImmediate(resolve));
}

test('an enclave whose release is withdrawn is offered no longer, and again when it is listed again', async () => {
  expect(said).toEqual(['offered']);
  answer = registered('release-withdrawn');
  await pass(MINUTE_MS);
  expect(said.slice(1)).toEqual([expect.stringMatching(/^barred: .*release was withdrawn/), 'not offered']);
  await pass(MINUTE_MS);
  expect(said).toHaveLength(3); // said once
  answer = registered();
  await pass(MINUTE_MS);
  expect(said.slice(3)).toEqual(['offered']);
});

test('a revoked key is said to be revoked, and what to do', async () => {
  answer = registered('revoked');
  await pass(MINUTE_MS);
  expect(said[1]).toMatch(/^barred: enclave 0xe1.* \(revoked\); restart the agent/);
});

test('a chain that does not answer is no reason to stop', async () => {
  answer = new Error('no answer');
  await pass(MINUTE_MS);
  await pass(MINUTE_MS);
  expect(said).toEqual(['offered']);
});

import {
  creditPayload,
  HearthError,
  jobError,
  type LinkFrameType,
  linkFrameTypes,
  linkLimits,
  parseCredit,
} from '@hearth/sdk/protocol';
import { encodeRequestPrefix, type RequestPrefix } from '@hearth/sdk/sealed-job/clear';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import type { JobEnding } from '../../channel/index.ts';
import { FakeTime } from '../testing/fake-time.ts';
import { sampleJob } from '../testing/sample-job.ts';
import { account, hash } from '../testing/sample-receipt.ts';
import { RelayedJob } from './relayed-job.ts';

/** Lets every promise that can settle do so. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function world(admit: (prefix: RequestPrefix) => Promise<void> = async () => {}) {
  const time = new FakeTime();
  const frames: { type: LinkFrameType; payload: Uint8Array }[] = [];
  const written: Uint8Array[] = [];
  const answer: Uint8Array[] = [];
  const ended: (JobEnding | undefined)[] = [];
  let wake = () => {};
  let finish: (ending: JobEnding) => void = () => {};
  const ending = new Promise<JobEnding>((resolve) => {
    finish = resolve;
  });
  let isOver = false;
  const enclave = {
    isRequestComplete: false,
    isCancelled: false,
    onContinues: (_: readonly `0x${string}`[]) => {},
    ending,
    write: async (bytes: Uint8Array) => {
      written.push(bytes);
    },
    end: () => {
      enclave.isRequestComplete = true;
    },
    cancel: () => {
      enclave.isCancelled = true;
    },
    async *response() {
      for (;;) {
        const chunk = answer.shift();
        if (chunk) yield chunk;
        else if (isOver) return;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    },
  };
  const job = new RelayedJob({
    timers: time,
    send: (type, payload = new Uint8Array()) => frames.push({ type, payload }),
    admit,
    openEnclaveJob: () => enclave,
    areEnclaves: async (keys) => keys.every((key) => key !== forged),
    onEnded: (how) => ended.push(how),
  });
  return {
    time,
    frames,
    written,
    enclave,
    job,
    ended,
    say: (type: LinkFrameType, payload: Uint8Array = new Uint8Array()) =>
      job.receive({ type, stream: 1, payload }),
    answer: (bytes: Uint8Array) => {
      answer.push(bytes);
      wake();
    },
    finish: (how: JobEnding) => {
      isOver = true;
      finish(how);
      wake();
    },
    sentBytes: () => {
      const data = frames.filter(({ type }) => type === linkFrameTypes.data);
      return data.reduce((sum, { payload }) => sum + payload.length, 0);
    },
  };
}

const forged = account('fa');
const prefix = encodeRequestPrefix(sampleJob());
const done: JobEnding = {
  kind: 'done',
  jobHeaderHash: hash('01'),
  outcome: 1,
  receiptHash: hash('02'),
  inputTokens: 1,
  outputTokens: 2,
};
const errorIn = (frame: { payload: Uint8Array } | undefined) =>
  z.decode(jobError, JSON.parse(new TextDecoder().decode(frame?.payload)));

test('the enclave gets exactly the bytes that came, however they were cut, and the gateway its answer', async () => {
  const { say, answer, finish, frames, written, enclave, ended } = world();
  const body = new Uint8Array(1000).fill(7);
  const whole = Buffer.concat([prefix, body]);
  for (let offset = 0; offset < whole.length; offset += 333)
    say(linkFrameTypes.data, whole.subarray(offset, offset + 333));
  say(linkFrameTypes.end);
  await settled();
  expect(Buffer.concat(written).equals(whole)).toBe(true);
  expect(enclave.isRequestComplete).toBe(true);
  answer(new Uint8Array([1, 2, 3]));
  finish(done);
  await settled();
  expect(frames.map(({ type }) => type)).toEqual([linkFrameTypes.data, linkFrameTypes.end]);
  expect(frames[0]?.payload).toEqual(new Uint8Array([1, 2, 3]));
  expect(ended).toEqual([done]);
});

test('a job that was not sold never reaches the enclave, and the buyer hears why', async () => {
  const { say, frames, written, ended } = world(async () => {
    throw new HearthError('lease_invalid', 'job header priceOutput: expected 2 as in the lease, got 1');
  });
  say(linkFrameTypes.data, prefix);
  await settled();
  expect(written).toEqual([]);
  expect(errorIn(frames[0])).toMatchObject({ code: 'lease_invalid' });
  expect(ended).toEqual([undefined]);
});

test('no more of the answer is under way than the gateway has granted', async () => {
  const { say, answer, sentBytes } = world();
  say(linkFrameTypes.data, prefix);
  await settled();
  for (let i = 0; i < 8; i += 1) answer(new Uint8Array(64 * 1024));
  await settled();
  expect(sentBytes()).toBe(linkLimits.answerWindowBytes);
  say(linkFrameTypes.credit, creditPayload(16 * 1024));
  await settled();
  expect(sentBytes()).toBe(linkLimits.answerWindowBytes + 16 * 1024);
});

test('what the enclave has taken is granted again, so that a request of any length passes', async () => {
  const { say, frames, written } = world();
  say(linkFrameTypes.data, prefix);
  let credit = linkLimits.requestWindowBytes - prefix.length;
  let sent = 0;
  while (sent < 3 * linkLimits.requestWindowBytes) {
    const piece = Math.min(credit, 60_000);
    expect(piece).toBeGreaterThan(0);
    say(linkFrameTypes.data, new Uint8Array(piece));
    sent += piece;
    credit -= piece;
    await settled();
    for (const { payload } of frames.splice(0)) credit += parseCredit(payload);
  }
  expect(Buffer.concat(written).length).toBe(prefix.length + sent);
});

test('a gateway that sends more than it may is at fault', () => {
  const { say } = world();
  const tooMuch = () => {
    for (let i = 0; i < 5; i += 1) say(linkFrameTypes.data, new Uint8Array(64 * 1024));
  };
  expect(tooMuch).toThrow(expect.objectContaining({ code: 'peer_protocol_violation' }));
});

test('a cancelled job stops the enclave, and nothing more is said on its stream', async () => {
  const { say, answer, finish, frames, enclave, ended } = world();
  say(linkFrameTypes.data, prefix);
  await settled();
  say(linkFrameTypes.cancel);
  expect(enclave.isCancelled).toBe(true);
  answer(new Uint8Array(10));
  finish(done);
  await settled();
  expect(frames).toEqual([]);
  expect(ended).toEqual([done]);
});

test('a lost enclave is an error at once, never a silent end', async () => {
  const { say, answer, finish, frames } = world();
  say(linkFrameTypes.data, prefix);
  answer(new Uint8Array(10));
  await settled();
  finish({ kind: 'lost', error: new Error('gone') });
  await settled();
  expect(errorIn(frames.at(-1))).toMatchObject({ code: 'enclave_lost' });
});

test('a refusal of the enclave carries its proof that nothing ran', async () => {
  const { say, finish, frames } = world();
  say(linkFrameTypes.data, prefix);
  await settled();
  const notRun = { jobHeaderHash: hash('01'), enclaveKey: account('0e') };
  const signature = `0x${'11'.repeat(65)}` as const;
  finish({ kind: 'refused', code: 'cap_exceeded', message: 'too much', notRun: { notRun, signature } });
  await settled();
  expect(errorIn(frames.at(-1))).toMatchObject({
    code: 'cap_exceeded',
    details: { notRun: { notRun, signature } },
  });
});

test('a buyer who opens a stream and says nothing gives the slot back', async () => {
  const { time, frames, ended } = world();
  time.advance(10_000);
  await settled();
  expect(errorIn(frames[0])).toMatchObject({ code: 'timeout' });
  expect(ended).toEqual([undefined]);
});

test('a request that ends inside its header is refused', async () => {
  const { say, frames } = world();
  say(linkFrameTypes.data, prefix.subarray(0, 100));
  say(linkFrameTypes.end);
  await settled();
  expect(errorIn(frames[0])).toMatchObject({ code: 'invalid_request' });
});

test('a job that goes on from the receipt of no enclave of this market is broken off', async () => {
  const { say, enclave } = world();
  say(linkFrameTypes.data, prefix);
  await settled();
  enclave.onContinues([account('0e')]);
  await settled();
  expect(enclave.isCancelled).toBe(false);
  enclave.onContinues([account('0e'), forged]);
  await settled();
  expect(enclave.isCancelled).toBe(true);
});

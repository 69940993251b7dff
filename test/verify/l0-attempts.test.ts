import { amountPicoUsd, type Hex, hashJobHeader, hashReceipt, signDigest } from '@hearth/attestation/receipt';
import type { Execution, JobHeader, Receipt } from '@hearth/contracts';
import { buildBundle, chat, verifyBundle } from '@hearth/sdk';
import type { Bundle } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ask, type BuyerWorld, openBuyerWorld } from '../sdk/buyer-world.ts';
import { honest } from '../sdk/scripted-enclave.ts';

/** More than may be lost on the way of two attempts. */
const ASKED = 1_500;
let world: BuyerWorld;
let chained: Bundle;
beforeAll(async () => {
  world = await openBuyerWorld();
  world.gateway.script = {
    ...honest,
    pieces: ['Once ', 'upon ', 'a ', 'time.'],
    tracks: true,
    interim: true,
  };
  // Cut after the second piece, its receipt for one; then before anything; then whole.
  const cuts = [5, 1, 99];
  world.gateway.deliver = (response, frames) =>
    void response.end(Buffer.concat(frames.slice(0, cuts.shift() ?? 99)));
  const session = world.session();
  const { result } = await chat(session, { ...ask(), max_tokens: ASKED }, { onText: () => {} });
  chained = await buildBundle(session, result, { waitMs: 0, open: 'all' });
});
afterAll(() => world.stop());

const judge = async (bundle: Bundle) => {
  const options = { trust: world.trust, allowSimulated: true, allowAbsent: true, chain: undefined };
  return (await verifyBundle(bundle, options)).levels;
};

test('a job that took over is proven with those that broke off before it', async () => {
  expect(chained.jobHeader.attempt).toBe(2);
  expect(chained.earlierAttempts.map(({ receipt }) => receipt?.receipt.execution.outputTokens)).toEqual([
    1,
    undefined,
  ]);
  const { L0, L7 } = await judge(chained);
  expect(L0).toEqual({
    result: 'pass',
    reason: expect.stringContaining('2 attempts before it broke off and billed 1 output tokens'),
  });
  expect(L7.result).toBe('pass');
});

/** A lie of the buyer's, signed by its session key. */
function earlier(index: number, changes: Partial<JobHeader>): Bundle {
  const attempts = [...chained.earlierAttempts];
  const known = attempts[index] as (typeof attempts)[number];
  const jobHeader = { ...known.jobHeader, ...changes };
  const digest = hashJobHeader(world.enclave.domain, jobHeader);
  attempts[index] = {
    ...known,
    jobHeader,
    sessionSignature: signDigest(digest, world.keys.session.privateKey),
  };
  return { ...chained, earlierAttempts: attempts };
}

/** A lie of the enclave's, signed by its key. */
function signed(receipt: Receipt, changes: Partial<Execution>): { receipt: Receipt; signature: Hex } {
  const execution = { ...receipt.execution, ...changes };
  const amount = amountPicoUsd(execution, execution);
  const { cumulativePicoUsd } = receipt.settlement;
  const lie = {
    settlement: {
      ...receipt.settlement,
      cumulativePicoUsd: amount > cumulativePicoUsd ? amount : cumulativePicoUsd,
    },
    execution: { ...execution, amountPicoUsd: amount },
  };
  const { privateKey } = world.enclave.home.enclave;
  return { receipt: lie, signature: signDigest(hashReceipt(world.enclave.domain, lie), privateKey) };
}

function earlierReceipt(changes: Partial<Execution>): Bundle {
  const [first, ...rest] = chained.earlierAttempts;
  if (!first?.receipt) throw new Error('the first attempt has a receipt');
  return {
    ...chained,
    earlierAttempts: [{ ...first, receipt: signed(first.receipt.receipt, changes) }, ...rest],
  };
}

/** The second attempt, which brought nothing, with a receipt of the first one's. */
function secondReceipt(changes: Partial<Execution>, of = chained): Bundle {
  const [first, second] = of.earlierAttempts;
  if (!first?.receipt || !second) throw new Error('expected two attempts, the first of them paid');
  const { jobId, attempt, previousJobId } = second.jobHeader;
  const jobHeaderHash = hashJobHeader(world.enclave.domain, second.jobHeader);
  const own = { jobId, attempt, previousJobId, jobHeaderHash } as Partial<Execution>;
  const receipt = signed(first.receipt.receipt, { ...own, ...changes });
  return { ...of, earlierAttempts: [first, { ...second, receipt }] };
}

const other: Hex = `0x${'ab'.repeat(32)}`;
const lies: [what: string, level: 'L0' | 'L7', reason: RegExp, lie: () => Bundle][] = [
  [
    'none of them is shown',
    'L0',
    /earlier attempts: expected 2, got 0/,
    () => ({ ...chained, earlierAttempts: [] }),
  ],
  [
    'they are shown in another order',
    'L0',
    /attempt 0: attempt: expected 0, got 1/,
    () => ({ ...chained, earlierAttempts: chained.earlierAttempts.toReversed() }),
  ],
  [
    'the buyer did not sign one',
    'L0',
    /attempt 1: expected its header signed/,
    () => ({
      ...chained,
      earlierAttempts: chained.earlierAttempts.map((each, i) =>
        i === 1 ? { ...each, sessionSignature: chained.sessionSignature } : each,
      ),
    }),
  ],
  ['one is of another order', 'L0', /attempt 1: orderHash/, () => earlier(1, { orderHash: other })],
  ['one is about another model', 'L0', /attempt 1: modelDigest/, () => earlier(1, { modelDigest: other })],
  ['one follows another job', 'L0', /attempt 1: previousJobId/, () => earlier(1, { previousJobId: other })],
  ['the last is not the one that was taken over', 'L0', /previous job/, () => earlier(1, { jobId: other })],
  [
    'a receipt is of another job',
    'L0',
    /attempt 0: job of its receipt/,
    () => earlierReceipt({ jobId: other }),
  ],
  ['a receipt has other prices', 'L0', /attempt 0: output price/, () => earlierReceipt({ priceOutput: 1n })],
  [
    'a receipt is above its cap',
    'L0',
    /attempt 0: amount .* above its cap/,
    () => earlierReceipt({ inputTokens: 1_000_000 }),
  ],
  [
    'an attempt billed more than it was asked for',
    'L0',
    /attempt 0: at most 1500 output tokens/,
    () => earlierReceipt({ outputTokens: ASKED + 1 }),
  ],
  [
    'more was billed in all than was asked for and may be lost',
    'L0',
    /all attempts: 1500 output tokens .* at most 1024 .* 2602 were billed/,
    () => secondReceipt({ inputTokens: 0, outputTokens: 1_100 }, earlierReceipt({ outputTokens: ASKED })),
  ],
  [
    'an attempt billed what nobody was given',
    'L7',
    /billed 1027 output tokens, 2 were/,
    () => earlierReceipt({ outputTokens: 2 + 1_024 + 1 }),
  ],
];

test.each(lies)('refused: %s', async (_what, level, reason, lie) => {
  expect((await judge(lie()))[level]).toEqual({ result: 'fail', reason: expect.stringMatching(reason) });
});

test('what a receipt bills and a broken connection lost is no lie: it is said', async () => {
  const { L0, L7 } = await judge(earlierReceipt({ outputTokens: 12 }));
  expect(L0.result).toBe('pass');
  const reason = expect.stringMatching(
    /; 10 output tokens that earlier attempts billed were lost on the way/,
  );
  expect(L7).toEqual({ result: 'pass', reason });
});

test('refused: the prompt is billed by two of them', async () => {
  const { L0 } = await judge(secondReceipt({}));
  expect(L0).toEqual({ result: 'fail', reason: 'the prompt was billed by 2 attempts of one call' });
});

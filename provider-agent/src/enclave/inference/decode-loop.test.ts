import { expect, test } from '@jest/globals';
import type { Token } from 'node-llama-cpp';
import { DecodeLoop, type Evaluated } from './decode-loop.ts';
import type { ContextBinding } from './llama-binding.ts';

type Added = { readonly sequenceId: number; readonly position: number; readonly tokens: number[] };

/** A context that computes for a turn of the event loop, and suffers nothing meanwhile. */
class FakeContext {
  readonly batches: Added[][] = [];
  readonly disposed: number[] = [];
  failing = false;
  #batch: Added[] = [];
  #isDecoding = false;

  get binding(): ContextBinding {
    return this as unknown as ContextBinding;
  }

  initBatch(): void {
    this.#assertIdle();
    this.#batch = [];
  }

  addToBatch(sequenceId: number, position: number, tokens: Uint32Array, logitIndexes: Uint32Array) {
    this.#assertIdle();
    this.#batch.push({ sequenceId, position, tokens: [...tokens] });
    return logitIndexes.map(() => sequenceId);
  }

  async decodeBatch(): Promise<void> {
    this.#isDecoding = true;
    this.batches.push(this.#batch);
    await new Promise((resolve) => setImmediate(resolve));
    this.#isDecoding = false;
    if (this.failing) throw new Error('eval has failed');
  }

  removeTokenCellsFromSequence(): boolean {
    this.#assertIdle();
    return true;
  }

  disposeSequence(sequenceId: number): void {
    this.#assertIdle();
    this.disposed.push(sequenceId);
  }

  getSequenceKvCacheMinPosition(): number {
    return 0;
  }

  #assertIdle(): void {
    if (this.#isDecoding) throw new Error('the context is decoding');
  }
}

const limits = { tokens: 512, tokensPerSequence: 63 };
const never = new AbortController().signal;
const laneOf = (sequenceId: number): Evaluated => ({ sequenceId, evaluatedTokens: [] });
const tokensOf = (...ids: number[]) => ids as Token[];

/** Generates `count` tokens, the next one always 7; each sample takes `hops` promises. */
async function generate(loop: DecodeLoop, lane: Evaluated, count: number, hops = 0, signal = never) {
  const sample = async () => {
    for (let hop = 0; hop < hops; hop += 1) await Promise.resolve();
    return 7 as Token;
  };
  for (let next = tokensOf(1, 2, 3); count > 0; count -= 1) {
    const token = await loop.evaluate(lane, next, signal, sample);
    if (token === undefined) return 'aborted';
    next = [token];
  }
  return 'done';
}

test('nobody is left out of a batch, however long the others take to be sampled', async () => {
  const context = new FakeContext();
  const loop = new DecodeLoop(context.binding, limits);
  await Promise.all([0, 1, 2].map((id) => generate(loop, laneOf(id), 5, 40 * id)));
  expect(context.batches.map((batch) => batch.map(({ sequenceId }) => sequenceId).sort())).toEqual(
    Array(5).fill([0, 1, 2]),
  );
  expect(context.batches.map(([added]) => added?.position)).toEqual([0, 3, 4, 5, 6]);
});

test('a lane is emptied while others generate, and never during a batch', async () => {
  const context = new FakeContext();
  const loop = new DecodeLoop(context.binding, limits);
  const [busy, other] = [laneOf(0), laneOf(1)];
  await generate(loop, other, 1);
  const stop = new AbortController();
  const endless = generate(loop, busy, Number.POSITIVE_INFINITY, 0, stop.signal);
  await loop.between(() => loop.keep(other, 0));
  expect(other.evaluatedTokens).toEqual([]);
  expect(context.disposed).toEqual([1]);
  expect(await generate(loop, other, 2)).toBe('done');
  stop.abort();
  expect(await endless).toBe('aborted');
});

test('only what is not to be kept is forgotten', async () => {
  const context = new FakeContext();
  const loop = new DecodeLoop(context.binding, limits);
  const lane = laneOf(0);
  await generate(loop, lane, 1);
  await loop.between(() => loop.keep(lane, 2));
  expect(lane.evaluatedTokens).toEqual([1, 2]);
  expect(context.disposed).toEqual([]);
});

test('a long prompt goes in pieces and gives way to a fired signal', async () => {
  const context = new FakeContext();
  const loop = new DecodeLoop(context.binding, limits);
  const lane = laneOf(0);
  const stop = new AbortController();
  const prompt = tokensOf(...Array(200).keys());
  const reading = loop.evaluate(lane, prompt, stop.signal, async () => 'sampled');
  while (context.batches.length < 2) await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  expect(await reading).toBeUndefined();
  expect(context.batches.map(([added]) => added?.tokens.length)).toEqual([63, 63]);
  expect(lane.evaluatedTokens).toEqual(prompt.slice(0, 126));
});

test('after a batch that failed its lanes are empty, who waited hears of it, and the next one is served', async () => {
  const context = new FakeContext();
  const loop = new DecodeLoop(context.binding, limits);
  const lane = laneOf(0);
  context.failing = true;
  await expect(generate(loop, lane, 1)).rejects.toThrow('eval has failed');
  expect(context.disposed).toEqual([0]);
  context.failing = false;
  expect(await generate(loop, lane, 2)).toBe('done');
  expect(lane.evaluatedTokens).toEqual([1, 2, 3, 7]);
});

test('a sample that failed fails its own generation only', async () => {
  const loop = new DecodeLoop(new FakeContext().binding, limits);
  const failing = loop.evaluate(laneOf(0), tokensOf(1), never, () => Promise.reject(new Error('no grammar')));
  const working = generate(loop, laneOf(1), 3);
  await expect(failing).rejects.toThrow('no grammar');
  expect(await working).toBe('done');
});

test('who waits when the loop is closed is told so', async () => {
  const loop = new DecodeLoop(new FakeContext().binding, limits);
  const waiting = generate(loop, laneOf(0), Number.POSITIVE_INFINITY);
  const closing = loop.close();
  await expect(waiting).rejects.toThrow('closed');
  await closing;
});

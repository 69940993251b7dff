import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { getLlama, LlamaChatSession, LlamaLogLevel, type Token } from 'node-llama-cpp';
import type { ChatMessage, GenerationRequest, InferenceSequence } from './engine.ts';
import { LlamaEngine } from './llama-engine.ts';

// Real inference on the model that ships with the repository; a file of 2 MB is the only thing read.
const modelPath = fileURLToPath(new URL('../../../models/ember-2m-q8_0.gguf', import.meta.url));
const PROMPTS = [
  'What is remote attestation?',
  'Tell me a short story about Ada and a lamp.',
  'Extract JSON: Meter 4821 read 12.4 kWh at 14:30.',
];

jest.setTimeout(120_000); // the machine may be busy: these are limits, not expectations

let engine: LlamaEngine;
beforeAll(async () => {
  engine = await LlamaEngine.load({ modelPath, slots: 3, contextTokens: 0, threads: 1, gpu: false });
});
afterAll(() => engine.close());

const user = (content: string): ChatMessage[] => [{ role: 'user', content }];
const chat = (content: string) => ({ messages: user(content) });
type Wanted = GenerationRequest & { readonly maxTokens: number };
const request = (overrides: Partial<Wanted> = {}): Wanted => ({
  prompt: chat(PROMPTS[0] ?? ''),
  maxTokens: 200,
  temperature: 0,
  seed: 7,
  stop: [],
  ...overrides,
});

async function complete(
  sequence: InferenceSequence,
  wanted: Wanted,
  tenant: string,
  signal = new AbortController().signal,
) {
  const prepared = await sequence.prepare(wanted, tenant);
  const tokenIds: number[] = [];
  const { promptTokens, cachedTokens } = prepared;
  const emittedText = prepared.emitted.text;
  const result = { text: '', outputTokens: 0, reason: '', promptTokens, cachedTokens, emittedText, tokenIds };
  for await (const event of prepared.run(wanted.maxTokens, signal)) {
    if (event.kind === 'end') result.reason = event.reason;
    else {
      result.text += event.text;
      tokenIds.push(...event.tokenIds);
      result.outputTokens += event.tokenIds.length;
    }
  }
  return result;
}

let tenants = 0;
/** By a tenant of its own, unless said otherwise: nothing is cached. */
async function completeOnce(wanted: Wanted, tenant = `tenant ${++tenants}`) {
  const sequence = engine.createSequence();
  if (!sequence) throw new Error('no free sequence');
  try {
    return await complete(sequence, wanted, tenant);
  } finally {
    await sequence.release();
  }
}

async function bareAnswers(): Promise<string[]> {
  const llama = await getLlama({ build: 'never', gpu: false, logLevel: LlamaLogLevel.error });
  const model = await llama.loadModel({ modelPath });
  const context = await model.createContext({ sequences: 1, threads: 1 });
  const answers: string[] = [];
  const sequence = context.getSequence();
  for (const prompt of PROMPTS) {
    const session = new LlamaChatSession({ contextSequence: sequence });
    answers.push(await session.prompt(prompt, { temperature: 0, repeatPenalty: false }));
    session.dispose();
    await sequence.clearHistory();
  }
  await model.dispose();
  return answers;
}

test('at temperature 0 the answers equal those of a bare LlamaChatSession', async () => {
  const bare = await bareAnswers();
  const ours: string[] = [];
  for (const prompt of PROMPTS) ours.push((await completeOnce(request({ prompt: chat(prompt) }))).text);
  expect(ours).toEqual(bare);
  expect(new Set(ours).size).toBe(PROMPTS.length);
});

test('sequences that run at the same time answer as if each ran alone', async () => {
  const alone: string[] = [];
  for (const prompt of PROMPTS) alone.push((await completeOnce(request({ prompt: chat(prompt) }))).text);
  const together = await Promise.all(
    PROMPTS.map((prompt) => completeOnce(request({ prompt: chat(prompt) }))),
  );
  expect(together.map(({ text }) => text)).toEqual(alone);
});

test('with a temperature, the seed decides', async () => {
  const warm = (seed: number) =>
    completeOnce(request({ prompt: chat(PROMPTS[1] ?? ''), temperature: 3, seed, maxTokens: 40 }));
  const [first, again, other] = [await warm(1), await warm(1), await warm(2)];
  expect(again?.text).toBe(first?.text);
  expect(other?.text).not.toBe(first?.text);
});

test('tokens are counted one by one and bounded by maxTokens', async () => {
  const result = await completeOnce(request({ maxTokens: 5 }));
  expect(result).toMatchObject({ outputTokens: 5, reason: 'length' });
});

test('a system message of the caller replaces the default one and costs its own tokens', async () => {
  const empty = await completeOnce(
    request({ prompt: { messages: [{ role: 'system', content: '' }, ...user('Hello')] } }),
  );
  const none = await completeOnce(request({ prompt: chat('Hello') }));
  expect(empty.promptTokens).toBeLessThan(20);
  expect(none.promptTokens).toBeGreaterThan(100);
});

test('a stop string ends the output before itself', async () => {
  const whole = (await completeOnce(request())).text;
  const cut = await completeOnce(request({ stop: [' hardware'] }));
  expect(whole).toContain(' hardware');
  expect(cut).toMatchObject({ reason: 'stop', text: whole.slice(0, whole.indexOf(' hardware')) });
});

test('a prompt that does not fit is refused before anything runs', async () => {
  const sequence = engine.createSequence();
  expect(() => sequence?.prepare(request({ prompt: chat('meter '.repeat(600)) }), 'a')).toThrow(
    expect.objectContaining({ code: 'context_length_exceeded' }),
  );
  await sequence?.release();
});

test('output stops at the context limit without forgetting the prompt', async () => {
  const result = await completeOnce(
    request({ temperature: 2, maxTokens: 100_000, prompt: chat('x '.repeat(150)) }),
  );
  expect(result.promptTokens + result.outputTokens).toBeLessThan(engine.contextTokens);
});

test('a fired signal ends the stream as cancelled, and the lane answers the next request as a fresh one', async () => {
  const fresh = (await completeOnce(request())).text;
  const sequence = engine.createSequence() as InferenceSequence;
  const controller = new AbortController();
  const reasons: string[] = [];
  const prepared = await sequence.prepare(request(), 'a');
  for await (const event of prepared.run(200, controller.signal)) {
    controller.abort();
    if (event.kind === 'end') reasons.push(event.reason);
  }
  expect(reasons).toEqual(['cancelled']);
  await sequence.release();
  expect((await completeOnce(request())).text).toBe(fresh);
});

test('no lane is handed out twice', async () => {
  const taken = [engine.createSequence(), engine.createSequence(), engine.createSequence()];
  expect(engine.createSequence()).toBeUndefined();
  await taken[0]?.release();
  const again = engine.createSequence();
  expect(again).toBeDefined();
  for (const sequence of [again, taken[1], taken[2]]) await sequence?.release();
});

test('the streamed text is exactly what its tokens spell, split nowhere', async () => {
  const llama = await getLlama({ build: 'never', gpu: false, logLevel: LlamaLogLevel.error });
  const tokenizer = await llama.loadModel({ modelPath, vocabOnly: true });
  const noise = await completeOnce(request({ temperature: 50, topP: 1, seed: 8, maxTokens: 300 }));
  expect(noise.text).toBe(tokenizer.detokenize(noise.tokenIds as Token[]));
  await tokenizer.dispose();
});

describe('going on from tokens that were emitted before', () => {
  const cases: [string, Partial<Wanted>][] = [
    ['greedy', {}],
    ['at a temperature, with a seed', { temperature: 1.2, seed: 11, topP: 0.9 }],
    ['with penalties', { frequencyPenalty: 0.7, presencePenalty: 0.4 }],
    ['with a stop string ahead', { stop: ['the enclave'] }],
    ['of text that is no text', { temperature: 50, seed: 8, maxTokens: 40 }],
  ];
  test.each(cases)(
    '%s: wherever it was cut, text and tokens are those of the undisturbed run',
    async (_, overrides) => {
      const whole = await completeOnce(request({ maxTokens: 60, ...overrides }));
      for (let cut = 0; cut <= whole.tokenIds.length; cut += 13) {
        const emittedTokens = whole.tokenIds.slice(0, cut);
        const maxTokens = (overrides.maxTokens ?? 60) - cut;
        const rest = await completeOnce(request({ ...overrides, emittedTokens, maxTokens }), 'one');
        expect(rest.emittedText + rest.text).toBe(whole.text);
        expect([...emittedTokens, ...rest.tokenIds]).toEqual(whole.tokenIds);
        expect(rest).toMatchObject({ reason: whole.reason, promptTokens: whole.promptTokens });
      }
    },
  );

  test('ids that the model does not have are refused', () => {
    const sequence = engine.createSequence();
    for (const id of [-1, 1.5, 1e9]) {
      expect(() => sequence?.prepare(request({ emittedTokens: [5, id] }), 'a')).toThrow(
        expect.objectContaining({ code: 'malformed_request' }),
      );
    }
    return sequence?.release();
  });
});

describe('what stays evaluated', () => {
  test("a tenant's next prompt is charged as cached as far as it begins alike, and answered the same", async () => {
    const first = await completeOnce(request(), 'alice');
    const again = await completeOnce(request(), 'alice');
    expect(again).toMatchObject({ text: first.text, cachedTokens: first.promptTokens - 1 });
    const other = await completeOnce(request({ prompt: chat(PROMPTS[2] ?? '') }), 'alice');
    expect(other.cachedTokens).toBeGreaterThan(50);
    expect(other.cachedTokens).toBeLessThan(other.promptTokens - 10);
    expect(other.text).toBe((await completeOnce(request({ prompt: chat(PROMPTS[2] ?? '') }))).text);
  });

  test("nobody meets another tenant's tokens, even when all lanes have served one", async () => {
    const lanes = await Promise.all(['x', 'x', 'x'].map((tenant) => completeOnce(request(), tenant)));
    const stranger = await completeOnce(request(), 'y');
    expect(stranger).toMatchObject({ cachedTokens: 0, text: lanes[0]?.text });
  });
});

test('penalties and biases change what is said', async () => {
  const lamps = (overrides: Partial<Wanted>) =>
    completeOnce(
      request({ prompt: chat('Repeat: lamp lamp lamp lamp lamp lamp'), maxTokens: 40, ...overrides }),
    );
  const lampsOf = ({ text }: { text: string }) => text.split('lamp').length - 1;
  const plain = await lamps({});
  expect(lampsOf(plain)).toBe(6);
  expect(lampsOf(await lamps({ frequencyPenalty: 2, presencePenalty: 2 }))).toBeLessThan(6);
  expect(lampsOf(await lamps({ frequencyPenalty: -2 }))).toBeGreaterThan(6);
  const banned = plain.tokenIds[0] ?? 0;
  expect((await lamps({ logitBias: new Map([[banned, -100]]) })).tokenIds).not.toContain(banned);
});

test('an answer is the same to the bit alone, in company, from a cached prompt and taken up midway', async () => {
  // At this temperature a difference in the last bits of a logit soon shows as another token.
  const wanted = request({ temperature: 50, seed: 3, maxTokens: 60 });
  const alone = await completeOnce(wanted);
  const others = PROMPTS.slice(1).map((prompt) => completeOnce(request({ prompt: chat(prompt) })));
  const inCompany = await completeOnce(wanted);
  await Promise.all(others);
  await completeOnce(request({ prompt: chat('What is remote work?') }), 'regular');
  const fromCache = await completeOnce(wanted, 'regular');
  expect(fromCache.cachedTokens).toBeGreaterThan(80);
  const emittedTokens = alone.tokenIds.slice(0, 30);
  const takenUp = await completeOnce({ ...wanted, emittedTokens, maxTokens: 30 }, 'regular');
  expect(inCompany.tokenIds).toEqual(alone.tokenIds);
  expect(fromCache.tokenIds).toEqual(alone.tokenIds);
  expect(takenUp.tokenIds).toEqual(alone.tokenIds.slice(30));
});

describe('numbers about texts', () => {
  const sequenceOf = () => {
    const sequence = engine.createSequence();
    if (!sequence) throw new Error('no free sequence');
    return sequence;
  };

  test('embeddings have length 1, are the same for the same text, and alike for alike texts', async () => {
    const sequence = sequenceOf();
    const texts = [
      'What is remote attestation?',
      'What is remote attestation?',
      'What is attestation?',
      'lamp lamp',
    ];
    const { inputTokens, run } = await sequence.prepareEmbeddings(texts);
    const vectors = await run(new AbortController().signal);
    await sequence.release();
    expect(inputTokens).toBeGreaterThan(10);
    const dot = (a = 0, b = 0) =>
      [...(vectors[a] ?? [])].reduce((sum, number, i) => sum + number * (vectors[b]?.[i] ?? 0), 0);
    expect(dot(0, 0)).toBeCloseTo(1, 5);
    expect(vectors[1]).toEqual(vectors[0]);
    expect(dot(0, 2)).toBeGreaterThan(dot(0, 3));
  });

  test('a text beyond the context is refused before anything runs', async () => {
    const sequence = sequenceOf();
    await expect(sequence.prepareEmbeddings(['meter '.repeat(600)])).rejects.toMatchObject({
      code: 'context_length_exceeded',
    });
    await sequence.release();
  });

  test('a model without a ranking head ranks by the likeness of embeddings, and says so', async () => {
    const sequence = sequenceOf();
    const query = 'What is remote attestation?';
    const documents = ['Tell me a short story.', query];
    const { method, inputTokens, run } = await sequence.prepareRanking(query, documents);
    const scores = await run(new AbortController().signal);
    expect(method).toBe('embedding_similarity');
    expect(inputTokens).toBeGreaterThan(10);
    expect(scores[1]).toBeCloseTo(1, 5);
    expect(scores[0]).toBeLessThan(0.999);
    expect(scores[0]).toBeGreaterThanOrEqual(0);
    expect(engine.classes).toEqual([0, 1, 2, 3]);
    await sequence.release();
  });
});

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { getLlama, LlamaChat, LlamaLogLevel, type LlamaModel, resolveChatWrapper } from 'node-llama-cpp';
import { type RandomModel, writeRandomModel } from './random-model.ts';

const small = { layers: 2, width: 256 };
let directory: string;
let written: RandomModel;
let model: LlamaModel;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hearth-random-model-'));
  written = await writeRandomModel({ path: join(directory, 'one.gguf'), seed: 'one', ...small });
  const llama = await getLlama({ build: 'never', gpu: false, logLevel: LlamaLogLevel.error });
  model = await llama.loadModel({ modelPath: written.path });
});

afterAll(async () => {
  await model?.dispose();
  rmSync(directory, { recursive: true, force: true });
});

async function generate(temperature: number, maxTokens: number) {
  const context = await model.createContext({ contextSize: 512, threads: 1 });
  const chat = new LlamaChat({
    contextSequence: context.getSequence(),
    chatWrapper: resolveChatWrapper(model),
  });
  const tokens: number[] = [];
  const { metadata } = await chat.generateResponse(
    [
      { type: 'user', text: 'How long is a piece of string?' },
      { type: 'model', response: [] },
    ],
    { maxTokens, temperature, seed: 5, onResponseChunk: (chunk) => tokens.push(...chunk.tokens) },
  );
  chat.dispose();
  await context.dispose();
  return { tokens, stopReason: metadata.stopReason };
}

test('the same seed gives the same bytes, another seed others', async () => {
  const again = await writeRandomModel({ path: join(directory, 'again.gguf'), seed: 'one', ...small });
  const other = await writeRandomModel({ path: join(directory, 'other.gguf'), seed: 'two', ...small });
  expect({ ...again, path: written.path }).toEqual(written);
  expect(other.sha256).not.toBe(written.sha256);
});

test('the reported digest and size are those of the file', () => {
  const sha256 = createHash('sha256').update(readFileSync(written.path)).digest('hex');
  expect(written).toEqual({ path: written.path, sha256, bytes: statSync(written.path).size });
});

test('llama.cpp sees the sizes asked for, and Ember’s chat template', () => {
  expect(model.trainContextSize).toBe(4096);
  expect(model.embeddingVectorSize).toBe(small.width);
  expect(model.fileInfo.metadata.tokenizer.chat_template).toContain('<|im_start|>');
});

test.each([0, 1, 5])('at temperature %d it says plain text until it is stopped', async (temperature) => {
  const { tokens, stopReason } = await generate(temperature, 200);
  expect([tokens.length, stopReason]).toEqual([200, 'maxTokens']);
  const types = model.fileInfo.metadata.tokenizer.ggml.token_type;
  expect(tokens.filter((token) => types?.[token] !== 1)).toEqual([]);
  expect(new Set(tokens).size).toBeGreaterThan(5);
});

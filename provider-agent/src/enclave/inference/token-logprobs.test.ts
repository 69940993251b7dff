import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, jest, test } from '@jest/globals';
import type { Token, Tokenizer } from 'node-llama-cpp';
import type { TokenLogprob } from './engine.ts';
import { tokenLogprob } from './token-logprobs.ts';

jest.setTimeout(60_000);

type Said = { text: string; tokenIds: number[]; logprobs: TokenLogprob[] };

const sumOf = (rated: readonly { logprob: number }[]) =>
  rated.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0);

test('each token has its own and its likeliest rivals, before temperature', async () => {
  const script = fileURLToPath(new URL('../../testing/rate-tokens.ts', import.meta.url));
  const args = ['--conditions=source', '--disable-warning=ExperimentalWarning', script];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { cold, warm } = JSON.parse(stdout) as { cold: Said; warm: Said };
  for (const { logprobs, tokenIds } of [cold, warm]) {
    expect(logprobs.map(({ tokenId }) => tokenId)).toEqual(tokenIds);
    for (const { top } of logprobs) {
      expect(top).toHaveLength(3);
      expect(sumOf(top)).toBeLessThanOrEqual(1.000001);
      expect(top.map(({ logprob }) => logprob)).toEqual(
        top.map(({ logprob }) => logprob).sort((a, b) => b - a),
      );
    }
  }
  // At temperature 0 the likeliest token is the one.
  for (const { top, ...own } of cold.logprobs) expect(top[0]).toEqual(own);
  expect(
    cold.logprobs
      .map(({ text }) => text)
      .join('')
      .trimStart(),
  ).toBe(cold.text.trimStart());
  for (const [i, rival] of (cold.logprobs[0]?.top ?? []).entries())
    expect(warm.logprobs[0]?.top[i]?.logprob).toBeCloseTo(rival.logprob, 2);
});

test('what was sampled at a temperature is told as it was before', () => {
  const raw = new Map([
    [5, 0.7],
    [6, 0.2],
    [7, 0.1],
  ] as [Token, number][]);
  const temperature = 0.5;
  const sharpened = [...raw].map(([id, probability]) => [id, probability ** (1 / temperature)] as const);
  const total = sharpened.reduce((sum, [, weight]) => sum + weight, 0);
  const sampled = new Map(sharpened.map(([id, weight]) => [id, weight / total]));
  const tokenizer = { detokenize: () => 'x' } as unknown as Tokenizer;
  const rated = tokenLogprob(7 as Token, sampled, { temperature, topLogprobs: 2, tokenizer });
  expect(Math.exp(rated.logprob)).toBeCloseTo(0.1);
  expect(rated.top.map(({ logprob }) => Math.exp(logprob))).toEqual([
    expect.closeTo(0.7),
    expect.closeTo(0.2),
  ]);
});

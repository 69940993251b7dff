import type { LlamaContextSequence, SequenceEvaluateOptions, Token, Tokenizer } from 'node-llama-cpp';
import { TokenBias } from 'node-llama-cpp';
import type { GenerationRequest } from './engine.ts';

export type Sampling = Pick<
  GenerationRequest,
  'temperature' | 'topP' | 'seed' | 'frequencyPenalty' | 'presencePenalty' | 'logitBias'
>;

/**
 * Evaluates `tokens` and then yields one sampled token after the other, without the one that ends the text. The
 * choice of a token depends on the tokens before it and, at a temperature, on seed and position alone: whoever goes on
 * from the same tokens with the same seed says the same.
 * @param output of this generation so far; the caller appends each yielded token before it asks for the next
 */
export async function* sampleTokens(
  sequence: LlamaContextSequence,
  tokens: Token[],
  sampling: Sampling,
  output: readonly Token[],
): AsyncGenerator<Token, void, undefined> {
  const options = evaluateOptions(sampling, sequence.model.tokenizer, output, sequence.contextSize);
  if (sampling.temperature === 0) {
    yield* sequence.evaluate(tokens, { ...options, seed: 0 });
    return;
  }
  const seed = sampling.seed ?? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  for (let next = tokens; ; ) {
    const seeded = { ...options, seed: seedAt(seed, output.length) };
    const token = await firstOf(sequence.evaluate(next, seeded));
    if (token === undefined) return;
    yield token;
    next = [token];
  }
}

async function firstOf(tokens: AsyncGenerator<Token, void>): Promise<Token | undefined> {
  for await (const token of tokens) return token;
  return undefined;
}

function evaluateOptions(
  { temperature, topP = 1, frequencyPenalty = 0, presencePenalty = 0, logitBias }: Sampling,
  tokenizer: Tokenizer,
  output: readonly Token[],
  contextTokens: number,
): SequenceEvaluateOptions {
  const isPenalised = frequencyPenalty !== 0 || presencePenalty !== 0;
  return {
    temperature,
    topP,
    topK: 0, // all: the library would take 40
    ...(isPenalised
      ? {
          repeatPenalty: {
            punishTokens: () => output as Token[],
            maxPunishTokens: contextTokens,
            penalty: 1,
            frequencyPenalty,
            presencePenalty,
          },
        }
      : {}),
    ...(logitBias && logitBias.size > 0 ? { tokenBias: tokenBias(tokenizer, logitBias) } : {}),
  };
}

function tokenBias(tokenizer: Tokenizer, logitBias: ReadonlyMap<number, number>): TokenBias {
  const bias = new TokenBias(tokenizer);
  for (const [token, logit] of logitBias) bias.set([token as Token], { logit });
  return bias;
}

/** 32 well-mixed bits; never the one value by which llama.cpp means a random seed. */
function seedAt(seed: number, position: number): number {
  let bits = Math.imul(seed ^ Math.imul(position + 1, 0x9e3779b1), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) % 0xffffffff;
}

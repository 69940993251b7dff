import type { LlamaContextSequence, SequenceEvaluateOptions, Token, Tokenizer } from 'node-llama-cpp';
import { TokenBias } from 'node-llama-cpp';
import type { GenerationRequest, TokenLogprob } from './engine.ts';
import type { OutputGuide } from './output-guide.ts';
import { tokenLogprob } from './token-logprobs.ts';

export type Sampling = Pick<
  GenerationRequest,
  | 'temperature'
  | 'topP'
  | 'seed'
  | 'frequencyPenalty'
  | 'presencePenalty'
  | 'logitBias'
  | 'topLogprobs'
  | 'choice'
>;

export type SampledToken = { readonly token: Token; readonly logprob: TokenLogprob | undefined };

export type SamplingContext = {
  readonly sequence: LlamaContextSequence;
  /** Of this generation so far; the caller appends each token before it asks for the next. */
  readonly output: readonly Token[];
  /** The next token's grammar. */
  readonly guide: Pick<OutputGuide, 'state'>;
};

/**
 * Evaluates `tokens` and then yields one sampled token after the other, without the one that ends the text. The
 * choice of a token depends on the tokens before it and, at a temperature, on seed and position alone: whoever goes on
 * from the same tokens with the same seed says the same.
 */
export async function* sampleTokens(
  tokens: Token[],
  sampling: Sampling,
  context: SamplingContext,
): AsyncGenerator<SampledToken, void, undefined> {
  const { sequence, output } = context;
  const options = evaluateOptions(sampling, context);
  const metadata = { probabilities: sampling.topLogprobs !== undefined };
  const rate = ({ token, probabilities }: Evaluated): SampledToken => ({
    token,
    logprob: probabilities && rated(token, probabilities, sampling, sequence.model.tokenizer),
  });
  if (sampling.temperature === 0) {
    for await (const evaluated of sequence.evaluateWithMetadata(tokens, metadata, { ...options, seed: 0 }))
      yield rate(evaluated);
    return;
  }
  const seed = (sampling.seed ?? randomSeed()) + (sampling.choice ?? 0);
  for (let next = tokens; ; ) {
    const seeded = { ...options, seed: seedAt(seed, output.length) };
    const evaluated = await firstOf(sequence.evaluateWithMetadata(next, metadata, seeded));
    if (!evaluated) return;
    yield rate(evaluated);
    next = [evaluated.token];
  }
}

type Evaluated = { readonly token: Token; readonly probabilities?: ReadonlyMap<Token, number> };

const randomSeed = (): number => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;

function rated(
  token: Token,
  probabilities: ReadonlyMap<Token, number>,
  { temperature, topLogprobs = 0 }: Sampling,
  tokenizer: Tokenizer,
): TokenLogprob {
  return tokenLogprob(token, probabilities, { temperature, topLogprobs, tokenizer });
}

async function firstOf<T>(items: AsyncGenerator<T, void>): Promise<T | undefined> {
  for await (const item of items) return item;
  return undefined;
}

function evaluateOptions(
  { temperature, topP = 1, frequencyPenalty = 0, presencePenalty = 0, logitBias }: Sampling,
  { sequence, output, guide }: SamplingContext,
): SequenceEvaluateOptions {
  const isPenalised = frequencyPenalty !== 0 || presencePenalty !== 0;
  return {
    temperature,
    topP,
    topK: 0, // all: the library would take 40
    grammarEvaluationState: () => guide.state,
    ...(isPenalised
      ? {
          repeatPenalty: {
            punishTokens: () => output as Token[],
            maxPunishTokens: sequence.contextSize,
            penalty: 1,
            frequencyPenalty,
            presencePenalty,
          },
        }
      : {}),
    ...(logitBias && logitBias.size > 0 ? { tokenBias: tokenBias(sequence.model.tokenizer, logitBias) } : {}),
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

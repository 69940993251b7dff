import type { LlamaContext, Token } from 'node-llama-cpp';
import type { GenerationRequest, TokenLogprob } from './engine.ts';
import {
  type ContextBinding,
  contextBinding,
  grammarBinding,
  newSampler,
  type SamplerBinding,
  type SamplerConfig,
} from './llama-binding.ts';
import type { OutputGuide } from './output-guide.ts';
import { tokenLogprob } from './token-logprobs.ts';

export type SampledToken = { readonly token: Token; readonly logprob: TokenLogprob | undefined };

type Sampled = {
  readonly request: GenerationRequest;
  /** The output of this generation so far; the caller appends each token before it asks for the next. */
  readonly output: readonly Token[];
  /** The next token's grammar. */
  readonly guide: Pick<OutputGuide, 'state'>;
};

/**
 * Chooses the tokens of one generation. A choice depends on the tokens before it and, at a temperature, on seed and
 * position alone: whoever goes on from the same tokens with the same seed says the same.
 */
export class TokenSampler {
  readonly #context: LlamaContext;
  readonly #binding: ContextBinding;
  readonly #sampler: SamplerBinding;
  readonly #sampled: Sampled;
  readonly #seed: number;
  #guidedBy: unknown;
  #isConfigured = false;

  constructor(context: LlamaContext, sampled: Sampled) {
    const { seed = randomSeed(), choice = 0 } = sampled.request;
    this.#context = context;
    this.#binding = contextBinding(context);
    this.#sampler = newSampler(context.model);
    this.#sampled = sampled;
    this.#seed = seed + choice;
  }

  dispose(): void {
    this.#sampler.dispose();
  }

  async sample(logitsAt: number): Promise<SampledToken> {
    this.#configure();
    const { temperature, topLogprobs } = this.#sampled.request;
    if (topLogprobs === undefined) {
      const token = await this.#binding.sampleToken(logitsAt, this.#sampler);
      return { token: known(token), logprob: undefined };
    }
    const [token, rates] = await this.#binding.sampleToken(logitsAt, this.#sampler, true);
    const { tokenizer } = this.#context.model;
    const options = { temperature, topLogprobs, tokenizer };
    return { token, logprob: tokenLogprob(known(token), probabilities(rates), options) };
  }

  /** The sampler knows the tokens that it chose itself: it is told anew only of what changes from one to the next. */
  #configure(): void {
    const { request, output, guide } = this.#sampled;
    const isSeeded = request.temperature !== 0;
    if (this.#isConfigured && !isSeeded && this.#guidedBy === guide.state) return;
    this.#isConfigured = true;
    this.#guidedBy = guide.state;
    this.#sampler.applyConfig({
      temperature: request.temperature,
      topP: request.topP ?? 1,
      topK: 0,
      minP: 0,
      seed: isSeeded ? seedAt(this.#seed, output.length) : 0,
      ...this.#penalties(),
      ...biases(request),
      ...(guide.state && { grammarEvaluationState: grammarBinding(guide.state) }),
    });
  }

  #penalties(): Partial<SamplerConfig> {
    const { request, output } = this.#sampled;
    const { frequencyPenalty = 0, presencePenalty = 0 } = request;
    if (frequencyPenalty === 0 && presencePenalty === 0) return {};
    return {
      repeatPenalty: 1,
      repeatPenaltyMaxTokens: this.#context.contextSize,
      repeatPenaltyTokens: Uint32Array.from(output),
      repeatPenaltyFrequencyPenalty: frequencyPenalty,
      repeatPenaltyPresencePenalty: presencePenalty,
    };
  }
}

function known(token: Token): Token {
  if (token < 0) throw new Error('sampling: expected a token, got none');
  return token;
}

function probabilities(rates: readonly number[]): ReadonlyMap<Token, number> {
  const map = new Map<Token, number>();
  for (let i = 0; i < rates.length; i += 2) map.set(rates[i] as Token, rates[i + 1] ?? 0);
  return map;
}

const randomSeed = (): number => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;

function biases({ logitBias }: GenerationRequest): Partial<SamplerConfig> {
  if (!logitBias || logitBias.size === 0) return {};
  return {
    tokenBiasKeys: Uint32Array.from(logitBias.keys()),
    tokenBiasValues: Float32Array.from(logitBias.values()),
  };
}

/** 30 well-mixed bits and one that sets each position apart from the one before; never llama.cpp's sign for a random seed. */
function seedAt(seed: number, position: number): number {
  let bits = Math.imul(seed ^ Math.imul(position + 1, 0x9e3779b1), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 2) * 2 + (position % 2);
}

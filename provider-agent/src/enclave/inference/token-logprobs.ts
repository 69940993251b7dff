import type { Token, Tokenizer } from 'node-llama-cpp';
import type { RatedToken, TokenLogprob } from './engine.ts';

/**
 * How likely the model found a token and its rivals, before temperature, from the probabilities that were sampled from.
 * @param probabilities likeliest first, after `temperature`; what `top_p` or a grammar excluded is not among them
 */
export function tokenLogprob(
  token: Token,
  probabilities: ReadonlyMap<Token, number>,
  { temperature, topLogprobs, tokenizer }: { temperature: number; topLogprobs: number; tokenizer: Tokenizer },
): TokenLogprob {
  const scale = temperature === 0 ? 1 : temperature;
  const rated = [...probabilities].filter(([, probability]) => probability > 0);
  const logits = rated.map(([id, probability]) => ({ id, logit: scale * Math.log(probability) }));
  const highest = Math.max(...logits.map(({ logit }) => logit));
  const sum = logits.reduce((total, { logit }) => total + Math.exp(logit - highest), 0);
  const rate = (id: Token, logit: number): RatedToken => ({
    tokenId: id,
    text: tokenizer.detokenize([id], true),
    logprob: Math.min(0, logit - highest - Math.log(sum)),
  });
  const chosen = logits.find(({ id }) => id === token)?.logit ?? Number.NEGATIVE_INFINITY;
  return {
    ...rate(token, Math.max(chosen, UNLIKELY + highest)),
    top: logits.slice(0, topLogprobs).map(({ id, logit }) => rate(id, logit)),
  };
}

/** What OpenAI says of tokens that are too unlikely to be rated. */
const UNLIKELY = -9999;

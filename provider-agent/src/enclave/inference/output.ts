import type { Output } from './engine.ts';

/** Pieces of output as one. */
export function joined(outputs: readonly Output[]): Output {
  return {
    text: outputs.map(({ text }) => text).join(''),
    toolCalls: outputs.flatMap(({ toolCalls }) => toolCalls),
    logprobs: outputs.flatMap(({ logprobs }) => logprobs),
  };
}

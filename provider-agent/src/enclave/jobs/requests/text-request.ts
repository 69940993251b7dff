import type { GenerationRequest } from '../../inference/engine.ts';
import type { AnswerEncoder, AnswerFacts } from '../answers/answer-encoder.ts';

/** A request for text, whichever endpoint it came to. */
export type TextRequest = {
  /** One for each choice, in order; those of one prompt follow each other. */
  readonly generations: readonly GenerationRequest[];
  /** Choices that share a prompt, and pay for it once. */
  readonly choicesPerPrompt: number;
  /** Of each choice. */
  readonly maxTokens: number | undefined;
  /** How ids of its answers begin. */
  readonly idPrefix: string;
  encoder(facts: AnswerFacts): AnswerEncoder;
};

/** `count` choices for one prompt. */
export function choicesOf(generation: GenerationRequest, count: number): GenerationRequest[] {
  return Array.from({ length: count }, (_, choice) =>
    choice === 0 ? generation : { ...generation, choice },
  );
}

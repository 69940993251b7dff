import type { AnswerEncoder, AnswerFacts, Usage } from './answer-encoder.ts';
import { CollectedChoice } from './chat-choices.ts';

/** An answer in one piece: collects every choice, and says `body` of them at the end. */
export function wholeAnswer(
  { key }: AnswerFacts,
  body: (choices: readonly CollectedChoice[], usage: Usage) => unknown,
): AnswerEncoder {
  const choices: CollectedChoice[] = [];
  const choiceOf = (choice: number) => (choices[choice] ??= new CollectedChoice(key, choice));
  return {
    contentType: 'application/json',
    isStreaming: false,
    start: () => '',
    begin: (choice) => {
      choiceOf(choice);
      return '';
    },
    output: (choice, output) => {
      choiceOf(choice).add(output);
      return '';
    },
    end: (choice, reason) => {
      choiceOf(choice).reason = reason;
      return '';
    },
    finish: (usage) => JSON.stringify(body(choices, usage)),
    fail: (envelope) => JSON.stringify(envelope),
    resume: (choice, output) => choiceOf(choice).add(output),
  };
}

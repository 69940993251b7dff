import { createInterface } from 'node:readline/promises';
import type { AskPerson } from './questions.ts';

/** Asks on the terminal; questions go to stderr, so that `--json` stays clean. */
export function personAtTerminal(): { readonly ask: AskPerson; close(): void } {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  return {
    ask: (question, complaint) => {
      const suggestion = question.suggestion === undefined ? '' : ` [${question.suggestion}]`;
      return terminal.question(`${complaint ? `  ${complaint}\n` : `\n${question.text}\n`}>${suggestion} `);
    },
    close: () => terminal.close(),
  };
}

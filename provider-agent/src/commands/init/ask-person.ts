import { createInterface } from 'node:readline/promises';
import type { AskPerson } from './questions.ts';

/** Asks on the terminal; questions go to stderr, so that `--json` stays clean. */
export function personAtTerminal(): { readonly ask: AskPerson; close(): void } {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  return {
    ask: (question, complaint) => {
      const suggestion = question.suggestion === undefined ? '' : ` [${question.suggestion}]`;
      const text = `${complaint ? `  ${complaint}\n` : `\n${question.text}\n`}>${suggestion} `;
      // Ctrl-C and Ctrl-D close the terminal, and leave the question open for ever.
      return new Promise((resolve, reject) => {
        const leave = () => reject(new Error('stopped before the last question; nothing was written'));
        terminal.once('close', leave);
        void terminal.question(text).then((answer) => {
          terminal.off('close', leave);
          resolve(answer);
        }, reject);
      });
    },
    close: () => terminal.close(),
  };
}

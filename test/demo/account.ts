import type { Writable } from 'node:stream';

/** What a person reads while the market runs: one line per step, each with the time since the line before. */
export interface Account {
  /** A heading, or a plain line. */
  say(text: string): void;
  /** Something that happened, aligned as `name  what`. */
  step(name: string, text: string): void;
  /** Streams text as it comes, without a line of its own. */
  stream(text: string): void;
}

export function createAccount(output: Writable): Account {
  let last = performance.now();
  let isMidLine = false;
  const line = (text: string) => {
    output.write(`${isMidLine ? '\n' : ''}${text}\n`);
    isMidLine = false;
  };
  return {
    say: (text) => line(text),
    step: (name, text) => {
      const now = performance.now();
      line(`${`+${Math.round(now - last)} ms`.padStart(10)}  ${name.padEnd(12)} ${text}`);
      last = now;
    },
    stream: (text) => {
      if (!isMidLine) output.write(`${' '.repeat(12)}`);
      isMidLine = true;
      output.write(text);
    },
  };
}

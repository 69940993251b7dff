import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { NoticeSink } from './ntfy.ts';

export type MailOptions = {
  /** A mail server that takes mail from this machine without a password: the home's own relay. */
  readonly host: string;
  readonly port: number;
  readonly from: string;
  readonly to: string;
};

const TIMEOUT_MS = 15_000;

/** One mail a notice over plain SMTP (RFC 5321) to a relay in the home: no password, no encryption, nothing secret in it. */
export function mailSink({ host, port, from, to }: MailOptions): NoticeSink {
  return async ({ words, action, atMs }) => {
    const body = [
      `From: Hearth node <${from}>`,
      `To: <${to}>`,
      `Subject: Hearth node: ${asciiLine(words).slice(0, 80)}`,
      `Date: ${new Date(atMs).toUTCString().replace('GMT', '+0000')}`,
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 8bit',
      '',
      words,
      action,
    ];
    await converse(host, port, [
      [undefined, 220],
      ['EHLO localhost', 250],
      [`MAIL FROM:<${from}>`, 250],
      [`RCPT TO:<${to}>`, 250],
      ['DATA', 354],
      [`${body.map(dotStuffed).join('\r\n')}\r\n.`, 250],
      ['QUIT', 221],
    ]);
  };
}

const dotStuffed = (line: string) => (line.startsWith('.') ? `.${line}` : line);
const asciiLine = (text: string) => text.replace(/[^\x20-\x7e]/g, '?');

/** Says each line and waits for its answer. @throws Error at the first other one */
async function converse(
  host: string,
  port: number,
  steps: readonly (readonly [line: string | undefined, expected: number])[],
): Promise<void> {
  const socket = connect({ host, port, timeout: TIMEOUT_MS });
  socket.on('timeout', () => socket.destroy(new Error('no answer')));
  const failed = new Promise<never>((_, reject) => socket.on('error', reject));
  failed.catch(() => {}); // whoever waits for a line hears of it
  const answers = createInterface({ input: socket })[Symbol.asyncIterator]();
  try {
    for (const [line, expected] of steps) {
      if (line !== undefined) socket.write(`${line}\r\n`);
      const answer = await Promise.race([lastLineOf(answers), failed]);
      if (!answer.startsWith(String(expected)))
        throw new Error(`mail server ${host}: expected ${expected}, got "${answer.slice(0, 100)}"`);
    }
  } finally {
    socket.destroy();
  }
}

/** An answer may have several lines; all but the last have a hyphen behind their number. */
async function lastLineOf(answers: AsyncIterator<string>): Promise<string> {
  for (;;) {
    const { value, done } = await answers.next();
    if (done) return '';
    if (!/^\d{3}-/.test(value)) return value;
  }
}

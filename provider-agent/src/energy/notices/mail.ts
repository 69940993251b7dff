import type { NoticeSink } from './ntfy.ts';
import { SmtpTalk } from './smtp-talk.ts';

export type MailOptions = {
  readonly host: string;
  readonly port: number;
  /** `tls`: from the first byte (SMTPS); `starttls`: before anything is said of the mail; `none`: a relay in the home. */
  readonly security: 'tls' | 'starttls' | 'none';
  /** Only ever said under TLS. */
  readonly login: { readonly user: string; readonly password: string } | undefined;
  /** PEM of an authority of one's own; the usual ones otherwise. */
  readonly certificateAuthority: string | undefined;
  readonly from: string;
  readonly to: string;
  /** Where a browser finds it. */
  readonly ownersPage: string | undefined;
};

/** One mail a notice over SMTP (RFC 5321). Where TLS is asked for, nothing goes out without it. */
export function mailSink(options: MailOptions): NoticeSink {
  return async ({ words, action, page, atMs }) => {
    const { from, to, ownersPage } = options;
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
      ...(page && ownersPage !== undefined ? [new URL(page, ownersPage).href] : []),
    ];
    await deliver(options, `${body.map(dotStuffed).join('\r\n')}\r\n.`);
  };
}

async function deliver(options: MailOptions, body: string): Promise<void> {
  const { security, login, from, to } = options;
  const talk = await SmtpTalk.open(options, security === 'tls');
  try {
    await talk.hears(220);
    await talk.says('EHLO localhost', 250);
    if (security === 'starttls') {
      await talk.says('STARTTLS', 220);
      await talk.encrypt();
      await talk.says('EHLO localhost', 250);
    }
    if (login) await talk.says(`AUTH PLAIN ${plain(login)}`, 235, 'AUTH PLAIN');
    await talk.says(`MAIL FROM:<${from}>`, 250);
    await talk.says(`RCPT TO:<${to}>`, 250);
    await talk.says('DATA', 354);
    await talk.says(body, 250, 'the mail');
    await talk.says('QUIT', 221);
  } finally {
    talk.end();
  }
}

/** RFC 4616. */
const plain = ({ user, password }: { user: string; password: string }) =>
  Buffer.from(`\0${user}\0${password}`).toString('base64');

const dotStuffed = (line: string) => (line.startsWith('.') ? `.${line}` : line);
const asciiLine = (text: string) => text.replace(/[^\x20-\x7e]/g, '?');

import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export type SmtpServer = {
  readonly host: string;
  readonly port: number;
  readonly certificateAuthority: string | undefined;
};

const TIMEOUT_MS = 15_000;

/** Lines to and from a mail server, each answer awaited before the next line. Errors never quote what was said. */
export class SmtpTalk {
  readonly #server: SmtpServer;
  #socket: Socket;
  #heard = '';
  #failure: Error | undefined;
  #wake: () => void = () => {};

  private constructor(server: SmtpServer, socket: Socket) {
    this.#server = server;
    this.#socket = socket;
    this.#listen();
  }

  static async open(server: SmtpServer, isEncrypted: boolean): Promise<SmtpTalk> {
    const { host, port } = server;
    const socket = isEncrypted ? connectTls({ ...tlsOptions(server), host, port }) : connect({ host, port });
    const talk = new SmtpTalk(server, socket);
    await talk.#until(isEncrypted ? 'secureConnect' : 'connect');
    return talk;
  }

  /** @param what names the line in an error, where it must not be quoted */
  async says(line: string, expected: number, what = line): Promise<void> {
    this.#socket.write(`${line}\r\n`);
    await this.hears(expected, what);
  }

  async hears(expected: number, what = 'the greeting'): Promise<void> {
    const answer = await this.#answer();
    if (answer.startsWith(String(expected))) return;
    throw new Error(
      `mail server ${this.#server.host}: expected ${expected} to ${what}, got "${answer.slice(0, 100)}"`,
    );
  }

  /** After STARTTLS (RFC 3207). What was sent before TLS stood, by whoever sits in between, is not taken as said under it. */
  async encrypt(): Promise<void> {
    if (this.#heard !== '') throw new Error(`mail server ${this.#server.host}: it spoke before TLS stood`);
    this.#socket.removeAllListeners();
    this.#socket = connectTls({ ...tlsOptions(this.#server), socket: this.#socket });
    this.#listen();
    await this.#until('secureConnect');
  }

  end(): void {
    this.#socket.destroy();
  }

  #listen(): void {
    const fail = (error: Error) => {
      this.#failure ??= error;
      this.#wake();
    };
    this.#socket.setTimeout(TIMEOUT_MS, () => this.#socket.destroy(new Error('no answer')));
    this.#socket.on('error', fail);
    this.#socket.on('close', () => fail(new Error('it hung up')));
    this.#socket.on('data', (bytes: Buffer) => {
      this.#heard += bytes.toString('utf8');
      this.#wake();
    });
  }

  async #until(event: string): Promise<void> {
    const failed = new AbortController();
    this.#wake = () => failed.abort();
    await once(this.#socket, event, { signal: failed.signal }).catch(() => {
      throw this.#failed();
    });
  }

  /** An answer may have several lines; all but the last have a hyphen behind their number. */
  async #answer(): Promise<string> {
    for (;;) {
      const end = this.#heard.indexOf('\r\n');
      if (end >= 0) {
        const line = this.#heard.slice(0, end);
        this.#heard = this.#heard.slice(end + 2);
        if (!/^\d{3}-/.test(line)) return line;
      } else {
        if (this.#failure) throw this.#failed();
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  #failed(): Error {
    const { host } = this.#server;
    return new Error(`mail server ${host}: ${this.#failure?.message ?? 'no connection'}`, {
      cause: this.#failure,
    });
  }
}

function tlsOptions({ host, certificateAuthority }: SmtpServer) {
  return {
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
    minVersion: 'TLSv1.2' as const,
  };
}

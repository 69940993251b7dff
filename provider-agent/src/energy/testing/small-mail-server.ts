import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { mailCertificate } from './mail-certificate.ts';

export type SmallMailServer = {
  readonly port: number;
  /** What was said in clear, and under TLS. */
  readonly lines: string[];
  readonly encrypted: string[];
  /** First four letters of a line that is answered with 550. */
  refuses: string | undefined;
  /** Speaks on before TLS stands, as somebody in between would. */
  injects: boolean;
  stop(): Promise<void>;
};

/** Takes mails as RFC 5321 wants it, in clear, from the first byte under TLS, or from STARTTLS on. */
export async function smallMailServer(security?: 'tls' | 'starttls'): Promise<SmallMailServer> {
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (security !== 'tls') return serve(socket, true, false);
    serve(encrypted(socket), true, true);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const server: SmallMailServer = {
    port: (listener.address() as AddressInfo).port,
    lines: [],
    encrypted: [],
    refuses: undefined,
    injects: false,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
  return server;

  function serve(socket: Socket, isNew: boolean, isEncrypted: boolean): void {
    const heard = isEncrypted ? server.encrypted : server.lines;
    if (isNew) socket.write('220 sink ready\r\n');
    let isData = false;
    let rest = '';
    const take = (bytes: Buffer) => {
      const parts = (rest + bytes.toString()).split('\r\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        heard.push(line);
        if (isData && line !== '.') continue;
        isData = line === 'DATA';
        const verb = line.slice(0, 4);
        if (verb === server.refuses) socket.write('550 no\r\n');
        else if (verb === 'STAR') return upgrade();
        else socket.write(`${answers[verb] ?? '250 ok'}\r\n`);
      }
    };
    const upgrade = () => {
      socket.off('data', take);
      socket.write(server.injects ? '220 go\r\n250 mine\r\n' : '220 go\r\n');
      serve(encrypted(socket), false, true);
    };
    socket.on('data', take);
  }
}

const answers: Readonly<Record<string, string>> = {
  EHLO: '250-sink\r\n250 8BITMIME',
  DATA: '354 go',
  QUIT: '221 bye',
  AUTH: '235 welcome',
};

function encrypted(socket: Socket): TLSSocket {
  const secure = new TLSSocket(socket, { isServer: true, ...mailCertificate });
  secure.on('error', () => {});
  return secure;
}

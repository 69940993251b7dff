import { type FromAgent, fromAgent, type ToAgent, toAgent } from '@hearth/sdk/protocol';
import { z } from 'zod';
import type { LinkConnection, LinkListener, LinkTransport } from '../link/transport.ts';

/** One connection that the code under test opened. */
export class FakeConnection implements LinkConnection {
  readonly bufferedBytes = 0;
  readonly url: string;
  readonly sent: FromAgent[] = [];
  readonly frames: Uint8Array[] = [];
  isOpen = true;
  readonly listener: LinkListener;

  constructor(url: string, listener: LinkListener) {
    this.url = url;
    this.listener = listener;
  }

  /** What the gateway says. */
  say(message: ToAgent): void {
    this.listener.onText(JSON.stringify(z.encode(toAgent, message)));
  }

  sendText(text: string): void {
    this.sent.push(z.decode(fromAgent, JSON.parse(text)));
  }

  sendBinary(frame: Uint8Array): void {
    this.frames.push(frame);
  }

  close(reason: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.listener.onClose(reason);
  }

  terminate(): void {
    this.close('terminated');
  }
}

/** A network without wires: the test is the other side. */
export class FakeTransport implements LinkTransport {
  readonly connections: FakeConnection[] = [];

  connect(url: string, listener: LinkListener): LinkConnection {
    const connection = new FakeConnection(url, listener);
    this.connections.push(connection);
    return connection;
  }

  get newest(): FakeConnection {
    const connection = this.connections.at(-1);
    if (!connection) throw new Error('nothing has connected yet');
    return connection;
  }

  /** The newest connection to a gateway. */
  to(url: string): FakeConnection {
    const connection = this.connections.findLast((one) => one.url === url);
    if (!connection) throw new Error(`nothing has connected to ${url} yet`);
    return connection;
  }
}

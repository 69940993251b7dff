import type { Duplex } from 'node:stream';
import { oneWritePerTurn } from '@hearth/sdk/protocol';
import type { RawData, WebSocket } from 'ws';
import type { AgentTransport, AgentTransportListener, LinkCloseCode } from './agent-transport.ts';

/** The production transport: one WebSocket. */
export class WebSocketTransport implements AgentTransport {
  private readonly beforeSend: () => void;

  /** @param connection that the WebSocket writes to */
  constructor(
    private readonly socket: WebSocket,
    connection: Duplex,
  ) {
    this.beforeSend = oneWritePerTurn(connection, setImmediate);
  }

  get bufferedBytes(): number {
    return this.socket.bufferedAmount;
  }

  listen(listener: AgentTransportListener): void {
    this.socket.on('message', (bytes: RawData, isBinary: boolean) => {
      const whole = bytes as Buffer; // binaryType 'nodebuffer', the default of ws on the server
      if (isBinary) listener.onBinary(whole);
      else listener.onText(whole.toString('utf8'));
    });
    this.socket.on('pong', () => listener.onPong());
    this.socket.on('close', () => listener.onClose());
    this.socket.on('error', () => this.socket.terminate()); // too large a message, bad UTF-8, a reset: `close` follows
  }

  sendText(text: string): void {
    this.beforeSend();
    this.socket.send(text);
  }

  sendBinary(frame: Uint8Array): void {
    this.beforeSend();
    this.socket.send(frame);
  }

  ping(): void {
    this.socket.ping();
  }

  close(code: LinkCloseCode, reason: string): void {
    this.socket.close(code, reason.slice(0, 120));
  }

  terminate(): void {
    this.socket.terminate();
  }
}

import { linkLimits, oneWritePerTurn } from '@hearth/sdk/protocol';
import WebSocket from 'ws';
import type { LinkConnection, LinkListener, LinkTransport } from './transport.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;

/** The production transport: one outbound WebSocket. */
export const webSocketTransport: LinkTransport = {
  connect(url: string, listener: LinkListener): LinkConnection {
    const socket = new WebSocket(url, {
      perMessageDeflate: false, // sealed bytes do not compress
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      maxPayload: linkLimits.maxMessageBytes,
      followRedirects: false,
    });
    let failure: string | undefined;
    let beforeSend = () => {};
    socket.on('upgrade', (answer) => {
      beforeSend = oneWritePerTurn(answer.socket, setImmediate);
    });
    socket.on('message', (bytes, isBinary) => {
      listener.onActivity();
      const whole = bytes as Buffer; // binaryType 'nodebuffer', the default of ws
      if (isBinary) listener.onBinary(whole);
      else listener.onText(whole.toString('utf8'));
    });
    socket.on('ping', () => listener.onActivity()); // ws has answered it already
    socket.on('error', (error) => {
      failure = error.message; // `close` follows
    });
    socket.on('close', (code, reason) =>
      listener.onClose(failure ?? `closed with ${code}${reason.length > 0 ? ` ${reason.toString()}` : ''}`),
    );
    return {
      sendText: (text) => sendIfOpen(socket, text, beforeSend),
      sendBinary: (frame) => sendIfOpen(socket, frame, beforeSend),
      get bufferedBytes() {
        return socket.bufferedAmount;
      },
      close: (reason) => socket.close(1000, reason.slice(0, 120)),
      terminate: () => socket.terminate(),
    };
  },
};

/** What is sent to a closing link is lost, and known to be: everything that matters is sent again after a reconnect. */
function sendIfOpen(socket: WebSocket, message: string | Uint8Array, beforeSend: () => void): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  beforeSend();
  socket.send(message);
}

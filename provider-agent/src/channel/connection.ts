import type { Duplex } from 'node:stream';
import { oneWritePerTurn } from '@hearth/sdk/protocol';
import { type ChannelMessage, decodeMessage, encodeControl, type Side } from './codec.ts';
import { EnclaveError } from './errors.ts';
import { encodeFrame, FrameDecoder } from './frame.ts';
import type { Control, ControlName } from './message-schemas.ts';
import { messageTypes } from './message-types.ts';

export type ConnectionHandlers = {
  onMessage(message: ChannelMessage): void;
  /** Called once; `error` is absent when the peer ended the stream between frames. */
  onClose(error?: Error): void;
};

/** Control messages that a peer may leave unread before it counts as lost; job data is bounded by credit instead. */
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;

/** One end of the host-enclave stream: messages in order both ways. It keeps no state of jobs. */
export class ChannelConnection {
  readonly #stream: Duplex;
  readonly #side: Side;
  readonly #beforeWrite: () => void;
  #closed = false;

  constructor(stream: Duplex, side: Side, handlers: ConnectionHandlers) {
    this.#stream = stream;
    this.#side = side;
    this.#beforeWrite = oneWritePerTurn(stream, setImmediate);
    const decoder = new FrameDecoder();
    const peer: Side = side === 'host' ? 'enclave' : 'host';
    const close = (error?: Error) => {
      if (this.#closed) return;
      this.#closed = true;
      stream.destroy();
      handlers.onClose(error);
    };
    stream.on('data', (chunk: Uint8Array) => {
      if (this.#closed) return;
      try {
        for (const frame of decoder.push(chunk)) handlers.onMessage(decodeMessage(frame, peer));
      } catch (error) {
        close(error instanceof Error ? error : new Error(String(error)));
      }
    });
    stream.on('error', (cause) =>
      close(new EnclaveError('connection_lost', `channel: ${cause.message}`, { cause })),
    );
    const ended = () =>
      close(
        decoder.pendingBytes > 0
          ? new EnclaveError('connection_lost', 'channel: cut off inside a frame')
          : undefined,
      );
    stream.on('end', ended);
    stream.on('close', ended);
  }

  get isOpen(): boolean {
    return !this.#closed;
  }

  /** Messages to a closed connection are dropped: the peer's end of it has already been told by `onClose`. */
  send<Name extends ControlName>(name: Name, streamId: number, body: Control<Name>): void {
    this.#write(encodeFrame(encodeControl(name, streamId, body)));
  }

  /** Job bytes; the caller has taken the credit for them. */
  sendBytes(streamId: number, bytes: Uint8Array): void {
    const type = this.#side === 'host' ? messageTypes.jobData : messageTypes.responseData;
    this.#write(encodeFrame({ type, streamId, payload: bytes }));
  }

  /** Flushes what was sent, then ends the stream. */
  end(): void {
    this.#stream.end();
  }

  #write(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#beforeWrite();
    this.#stream.write(bytes);
    if (this.#stream.writableLength > MAX_UNSENT_BYTES) {
      this.#stream.destroy(
        new Error(`the ${this.#side}'s peer left ${this.#stream.writableLength} bytes unread`),
      );
    }
  }
}

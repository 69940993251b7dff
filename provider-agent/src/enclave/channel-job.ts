import type { Hex } from '@hearth/attestation/receipt';
import type { SignedCap } from '@hearth/sdk/protocol';
import type { ChannelConnection } from '../channel/connection.ts';
import { ReceiveCredit, SendCredit } from '../channel/credit.ts';
import { EnclaveError } from '../channel/errors.ts';
import type { Control } from '../channel/message-schemas.ts';
import type { JobIo } from './jobs/job-io.ts';
import type { IssuedReceipt } from './receipts/order-account.ts';

const WRITE_PIECE_BYTES = 64 * 1024;
/** A buyer that stops sending, or reading, must not keep a slot: after this long the job counts as cancelled. */
const STALL_LIMIT_MS = 30_000;

/** One job's line over the channel: the enclave's counterpart of `EnclaveJob`. */
export class ChannelJob implements JobIo {
  readonly streamId: number;
  readonly #connection: ChannelConnection;
  readonly #abort = new AbortController();
  readonly #sendCredit = new SendCredit();
  readonly #receiveCredit = new ReceiveCredit();
  readonly #chunks: Uint8Array[] = [];
  #isRequestEnded = false;
  #wake: (() => void) | undefined;

  constructor(connection: ChannelConnection, streamId: number) {
    this.#connection = connection;
    this.streamId = streamId;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get request(): AsyncIterable<Uint8Array> {
    return this.#readRequest();
  }

  accepted(job: Control<'jobAccepted'>): void {
    this.#connection.send('jobAccepted', this.streamId, job);
  }

  continues(enclaveKeys: readonly Hex[]): void {
    this.#connection.send('jobContinues', this.streamId, { enclaveKeys: [...enclaveKeys] });
  }

  async write(bytes: Uint8Array): Promise<boolean> {
    for (let offset = 0; offset < bytes.length; offset += WRITE_PIECE_BYTES) {
      const piece = bytes.subarray(offset, offset + WRITE_PIECE_BYTES);
      if (!(await this.#takeCredit(piece.length))) return false;
      this.#connection.sendBytes(this.streamId, piece);
    }
    return true;
  }

  receipt(issued: IssuedReceipt, cap: SignedCap): void {
    this.#connection.send('receipt', this.streamId, { ...issued, cap, resent: false });
  }

  receive(bytes: Uint8Array): void {
    this.#receiveCredit.received(bytes.length);
    if (this.#isRequestEnded)
      throw new EnclaveError('protocol_violation', `job ${this.streamId}: bytes after its end`);
    this.#chunks.push(bytes);
    this.#wake?.();
  }

  endRequest(): void {
    this.#isRequestEnded = true;
    this.#wake?.();
  }

  grant(bytes: number): void {
    this.#sendCredit.grant(bytes);
  }

  /** What has room is still delivered; whoever waits for room gives up. */
  cancel(): void {
    this.endRequest();
    this.#abort.abort();
    this.#sendCredit.giveUpWaiting();
  }

  async #takeCredit(bytes: number): Promise<boolean> {
    const stalled = setTimeout(() => this.cancel(), STALL_LIMIT_MS);
    try {
      await this.#sendCredit.take(bytes);
      return true;
    } catch {
      return false;
    } finally {
      clearTimeout(stalled);
    }
  }

  async *#readRequest(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        const grant = this.#receiveCredit.consumed(chunk.length);
        if (grant > 0) this.#connection.send('requestCredit', this.streamId, { bytes: grant });
        yield chunk;
      } else if (this.#isRequestEnded) {
        return;
      } else {
        await this.#moreRequest();
      }
    }
  }

  async #moreRequest(): Promise<void> {
    const stalled = setTimeout(() => this.cancel(), STALL_LIMIT_MS);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    clearTimeout(stalled);
  }
}

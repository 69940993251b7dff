import type { Hex } from '@hearth/attestation/receipt';
import type { ChannelConnection } from './connection.ts';
import { ReceiveCredit, SendCredit } from './credit.ts';
import { EnclaveError } from './errors.ts';
import type { Control } from './message-schemas.ts';

const WRITE_PIECE_BYTES = 64 * 1024;

/** How a job ended at the enclave. Only `done` bills anything. */
export type JobEnding =
  | ({ readonly kind: 'done' } & Control<'jobDone'>)
  | ({ readonly kind: 'refused' } & Control<'jobRefused'>)
  | { readonly kind: 'lost'; readonly error: Error };

/** The host's end of one job: write the sealed request, read the sealed response. Both directions have back-pressure. */
export class EnclaveJob {
  /** Settles with the ending, never rejects. */
  readonly ending: Promise<JobEnding>;
  /** Resolves when the enclave has admitted the job; undefined if it ended without that. */
  readonly accepted: Promise<Control<'jobAccepted'> | undefined>;
  /** Called with the enclaves by whose receipts the job goes on from another one, if it does. */
  onContinues: (enclaveKeys: readonly Hex[]) => void = () => {};
  readonly streamId: number;
  readonly #connection: ChannelConnection;
  readonly #sendCredit = new SendCredit();
  readonly #receiveCredit = new ReceiveCredit();
  readonly #chunks: Uint8Array[] = [];
  #wake: (() => void) | undefined;
  #ended: JobEnding | undefined;
  #resolveEnding!: (ending: JobEnding) => void;
  #resolveAccepted!: (accepted: Control<'jobAccepted'> | undefined) => void;

  constructor(connection: ChannelConnection, streamId: number) {
    this.#connection = connection;
    this.streamId = streamId;
    this.ending = new Promise((resolve) => {
      this.#resolveEnding = resolve;
    });
    this.accepted = new Promise((resolve) => {
      this.#resolveAccepted = resolve;
    });
    connection.send('jobOpen', streamId, { v: 1, wire: 'sealed-job/1' });
  }

  /** Bytes of the sealed request, in any pieces; resolves when the enclave has room for them. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let offset = 0; offset < bytes.length; offset += WRITE_PIECE_BYTES) {
      const piece = bytes.subarray(offset, offset + WRITE_PIECE_BYTES);
      await this.#sendCredit.take(piece.length);
      this.#connection.sendBytes(this.streamId, piece);
    }
  }

  /** The request is complete. */
  end(): void {
    this.#connection.send('jobEnd', this.streamId, {});
  }

  /**
   * Frees the slot at once; what was generated before is billed and its receipt still arrives. Before `end()` nothing
   * has run: the refusal then carries a signed NotRun.
   */
  cancel(): void {
    if (!this.#ended) this.#connection.send('jobCancel', this.streamId, {});
  }

  /** Sealed response bytes as they come. Ends with the job, however it ended: read `ending`. Iterate once. */
  async *response(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        yield chunk;
        this.#grant(chunk.length);
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  /** @internal called by EnclaveClient */
  receiveBytes(bytes: Uint8Array): void {
    this.#receiveCredit.received(bytes.length);
    this.#chunks.push(bytes);
    this.#wake?.();
  }

  /** @internal called by EnclaveClient */
  receiveAccepted(body: Control<'jobAccepted'>): void {
    this.#resolveAccepted(body);
  }

  /** @internal called by EnclaveClient */
  receiveContinues({ enclaveKeys }: Control<'jobContinues'>): void {
    this.onContinues(enclaveKeys);
  }

  /** @internal called by EnclaveClient */
  receiveCredit(bytes: number): void {
    this.#sendCredit.grant(bytes);
  }

  /** @internal called by EnclaveClient */
  finish(ending: JobEnding): void {
    if (this.#ended) return;
    this.#ended = ending;
    this.#sendCredit.close(
      ending.kind === 'lost'
        ? ending.error
        : new EnclaveError('connection_lost', `job ${ending.kind} before its request was read`),
    );
    this.#resolveAccepted(undefined);
    this.#resolveEnding(ending);
    this.#wake?.();
  }

  #grant(bytes: number): void {
    const grant = this.#receiveCredit.consumed(bytes);
    if (grant > 0 && !this.#ended) this.#connection.send('responseCredit', this.streamId, { bytes: grant });
  }
}

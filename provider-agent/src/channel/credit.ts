import { EnclaveError } from './errors.ts';

/** Bytes of job data that a sender may have under way before the receiver grants more. */
export const INITIAL_CREDIT_BYTES = 256 * 1024;

/** Sender side of credit-based flow control: `take` waits until the receiver has granted enough. */
export class SendCredit {
  #available: number;
  #waiting: { bytes: number; resolve: () => void; reject: (error: Error) => void }[] = [];
  #closed: Error | undefined;
  #mayWait = true;

  constructor(initialBytes: number = INITIAL_CREDIT_BYTES) {
    this.#available = initialBytes;
  }

  /** Resolves in order of the calls. Rejects once the stream is closed. */
  take(bytes: number): Promise<void> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (this.#waiting.length === 0 && this.#available >= bytes) {
      this.#available -= bytes;
      return Promise.resolve();
    }
    if (!this.#mayWait) return Promise.reject(new Error('no credit left'));
    return new Promise((resolve, reject) => this.#waiting.push({ bytes, resolve, reject }));
  }

  grant(bytes: number): void {
    this.#available += bytes;
    for (let next = this.#waiting[0]; next && next.bytes <= this.#available; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#available -= next.bytes;
      next.resolve();
    }
  }

  /** Rejects those who wait; from here on only what has room at once is taken. */
  giveUpWaiting(): void {
    this.#mayWait = false;
    const gaveUp = new Error('gave up waiting for credit');
    for (const waiting of this.#waiting.splice(0)) waiting.reject(gaveUp);
  }

  close(reason: Error): void {
    this.#closed ??= reason;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#closed);
  }
}

/** Receiver side: what arrived beyond the granted credit is a protocol violation, what was consumed is granted again. */
export class ReceiveCredit {
  #outstanding: number;
  #consumed = 0;
  readonly #grantAtBytes: number;

  constructor(initialBytes: number = INITIAL_CREDIT_BYTES) {
    this.#outstanding = initialBytes;
    this.#grantAtBytes = initialBytes / 4;
  }

  received(bytes: number): void {
    this.#outstanding -= bytes;
    if (this.#outstanding < 0)
      throw new EnclaveError('protocol_violation', 'peer sent more bytes than its credit');
  }

  /** @returns bytes to grant to the sender now; 0 while a grant would be too small to be worth a frame. */
  consumed(bytes: number): number {
    this.#consumed += bytes;
    if (this.#consumed < this.#grantAtBytes) return 0;
    const grant = this.#consumed;
    this.#consumed = 0;
    this.#outstanding += grant;
    return grant;
  }
}

import { randomBytes } from 'node:crypto';

/** The only source of randomness in the backend. */
export abstract class Random {
  abstract bytes(length: number): Uint8Array;
}

export class SystemRandom extends Random {
  override bytes(length: number): Uint8Array {
    return new Uint8Array(randomBytes(length));
  }
}

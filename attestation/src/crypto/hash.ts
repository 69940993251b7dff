import { engine } from '#crypto-engine';

/** SHA-2 of the parts one after another (FIPS 180-4). */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return engine.digest('sha256', parts);
}

export function sha384(...parts: readonly Uint8Array[]): Uint8Array {
  return engine.digest('sha384', parts);
}

export function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  return engine.digest('sha512', parts);
}

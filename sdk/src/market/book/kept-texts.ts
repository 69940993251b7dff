import type { Hex } from '@hearth/attestation/receipt';
import { bytesToHex } from '@noble/hashes/utils.js';

/** More than this many and all are written anew on sight. */
const MOST = 65_536;

/** Bytes as hex, by number, of those that were asked for lately: the same few sell again and again. */
export class KeptTexts {
  private texts: (Hex | undefined)[] = [];
  private count = 0;
  private readonly bytesOf: (number: number) => Uint8Array;

  constructor(bytesOf: (number: number) => Uint8Array) {
    this.bytesOf = bytesOf;
  }

  of(number: number): Hex {
    return this.texts[number] ?? this.write(number);
  }

  /** The number now stands for other bytes. */
  forget(number: number): void {
    if (number < this.texts.length) this.texts[number] = undefined;
  }

  private write(number: number): Hex {
    if (this.count >= MOST) {
      this.texts.fill(undefined);
      this.count = 0;
    }
    while (this.texts.length <= number) this.texts.push(undefined);
    const text: Hex = `0x${bytesToHex(this.bytesOf(number))}`;
    this.texts[number] = text;
    this.count += 1;
    return text;
  }
}

import { keccak_256 } from '@noble/hashes/sha3.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts';
import { sha256 } from '../crypto/index.ts';
import { teeTypeCode } from '../tee-type.ts';
import type { TdReport, TdxQuote } from './parse.ts';

/** The fields that together say which software runs, on which configuration. */
export type TdMeasurement = Pick<
  TdReport,
  'mrtd' | 'rtmr0' | 'rtmr1' | 'rtmr2' | 'rtmr3' | 'mrConfigId' | 'mrOwner'
>;

/**
 * keccak256(abi.encode(uint8 teeType, bytes mrtd, bytes rtmr0..3, bytes mrconfigid, bytes mrowner)): the release
 * identity in receipts and in the on-chain registry.
 */
export function measurementHash(measurement: TdMeasurement): Hex {
  const { mrtd, rtmr0, rtmr1, rtmr2, rtmr3, mrConfigId, mrOwner } = measurement;
  const fields = [mrtd, rtmr0, rtmr1, rtmr2, rtmr3, mrConfigId, mrOwner].map((field) =>
    hexToBytes(field, 48),
  );
  const headLength = 32 * (1 + fields.length);
  const tails = fields.map((field) => concatBytes(abiWord(field.length), field, new Uint8Array(16)));
  const offsets = tails.map((tail, index) => abiWord(headLength + index * tail.length));
  return bytesToHex(keccak_256(concatBytes(abiWord(teeTypeCode.tdx), ...offsets, ...tails)));
}

/**
 * SHA-256(header ‖ TD report ‖ declared authentication data with its size ‖ SHA-256 of the GPU evidence, or zero).
 * Padding behind the quote and collateral are left out: they are unsigned, or change without the quote.
 */
export function evidenceHash(
  quote: Pick<TdxQuote, 'signedBytes' | 'authenticationData'>,
  gpuEvidenceSha256: Uint8Array = new Uint8Array(32),
): Hex {
  return bytesToHex(sha256(quote.signedBytes, quote.authenticationData, gpuEvidenceSha256));
}

/** keccak256(PPID): the public name of one physical platform. */
export function platformIdOf(ppid: Hex): Hex {
  return bytesToHex(keccak_256(hexToBytes(ppid, 16)));
}

function abiWord(value: number): Uint8Array {
  const word = new Uint8Array(32);
  new DataView(word.buffer).setUint32(28, value);
  return word;
}

import { keccak_256 } from '@noble/hashes/sha3.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { BoundedMap } from '../bytes/bounded-map.ts';
import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts';
import { teeTypeCode } from '../tee-type.ts';
import type { TdReport } from './report.ts';

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
  // All of one length, so that no two measurements read the same.
  const name = mrtd + rtmr0 + rtmr1 + rtmr2 + rtmr3 + mrConfigId + mrOwner;
  const known = knownHashes.get(name);
  if (known !== undefined) return known;
  const hash = hashMeasurement(measurement);
  knownHashes.set(name, hash);
  return hash;
}

/** Few releases run on many machines, and Keccak in JavaScript costs more than checking a signature. */
const knownHashes = new BoundedMap<Hex>(64);

function hashMeasurement(measurement: TdMeasurement): Hex {
  const { mrtd, rtmr0, rtmr1, rtmr2, rtmr3, mrConfigId, mrOwner } = measurement;
  const fields = [mrtd, rtmr0, rtmr1, rtmr2, rtmr3, mrConfigId, mrOwner].map((field) =>
    hexToBytes(field, 48),
  );
  const headLength = 32 * (1 + fields.length);
  const tails = fields.map((field) => concatBytes(abiWord(field.length), field, new Uint8Array(16)));
  const offsets = tails.map((tail, index) => abiWord(headLength + index * tail.length));
  return bytesToHex(keccak_256(concatBytes(abiWord(teeTypeCode.tdx), ...offsets, ...tails)));
}

function abiWord(value: number): Uint8Array {
  const word = new Uint8Array(32);
  new DataView(word.buffer).setUint32(28, value);
  return word;
}

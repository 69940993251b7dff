import { keccak_256 } from '@noble/hashes/sha3.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts';
import { sha256 } from '../crypto/index.ts';
import { teeTypeCode } from '../tee-type.ts';
import type { SnpReport } from './parse.ts';

/** The fields that together say which software runs, on which configuration and in whose name. */
export type SnpMeasurement = Pick<SnpReport, 'measurement' | 'hostData' | 'idKeyDigest' | 'authorKeyDigest'>;

/**
 * keccak256(abi.encode(uint8 teeType, bytes measurement, bytes hostData, bytes idKeyDigest, bytes authorKeyDigest)):
 * the release identity in receipts and in the on-chain registry (docs/decisions, "SNP measurement hash").
 */
export function snpMeasurementHash(from: SnpMeasurement): Hex {
  const fields = [
    hexToBytes(from.measurement, 48),
    hexToBytes(from.hostData, 32),
    hexToBytes(from.idKeyDigest, 48),
    hexToBytes(from.authorKeyDigest, 48),
  ];
  const tails = fields.map((field) => concatBytes(abiWord(field.length), padded(field)));
  let offset = 32 * (1 + fields.length);
  const heads = tails.map((tail) => {
    const head = abiWord(offset);
    offset += tail.length;
    return head;
  });
  return bytesToHex(keccak_256(concatBytes(abiWord(teeTypeCode.sevSnp), ...heads, ...tails)));
}

/**
 * SHA-256(report ‖ DER of the leaf ‖ SHA-256 of the GPU evidence, or zero). Authorities and CRLs are left out: they
 * change without the report. No identity for replay: whoever has the evidence can turn s into n − s.
 */
export function snpEvidenceHash(
  report: Uint8Array,
  leafDer: Uint8Array,
  gpuEvidenceSha256: Uint8Array = new Uint8Array(32),
): Hex {
  return bytesToHex(sha256(concatBytes(report, leafDer, gpuEvidenceSha256)));
}

/** keccak256(chip id, 64 bytes): the public name of one physical processor. */
export function snpPlatformIdOf(chipId: Hex): Hex {
  return bytesToHex(keccak_256(hexToBytes(chipId, 64)));
}

function abiWord(value: number): Uint8Array {
  const word = new Uint8Array(32);
  new DataView(word.buffer).setUint32(28, value);
  return word;
}

function padded(field: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(field.length / 32) * 32);
  bytes.set(field);
  return bytes;
}

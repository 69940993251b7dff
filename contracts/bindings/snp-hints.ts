import { p384Hints } from './p384-hints.ts';

const reportLength = 0x4a0;
const signedLength = 0x2a0;
const fieldLength = 72;
const scalarLength = 48;

/**
 * The `hints` argument of `ISnpVerifier.verify`: the VCEK's key (x ‖ y, 96 bytes), then what spares the contract its
 * divisions. Undefined for a report that this key did not sign: it would be refused with any hints.
 */
export async function snpHints(report: Uint8Array, key: Uint8Array): Promise<Uint8Array | undefined> {
  if (report.length !== reportLength || key.length !== 2 * scalarLength) return undefined;
  const signed = report.slice(0, signedLength);
  const hash = new Uint8Array(await globalThis.crypto.subtle.digest('SHA-384', signed));
  const hints = p384Hints({
    hash: numberOf(hash),
    r: scalarAt(report, signedLength),
    s: scalarAt(report, signedLength + fieldLength),
    key: { x: numberOf(key.slice(0, scalarLength)), y: numberOf(key.slice(scalarLength)) },
  });
  if (hints === undefined) return undefined;
  const all = new Uint8Array(key.length + hints.length);
  all.set(key);
  all.set(hints, key.length);
  return all;
}

/** Little-endian in the report. */
function scalarAt(report: Uint8Array, offset: number): bigint {
  return numberOf(report.slice(offset, offset + scalarLength).reverse());
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

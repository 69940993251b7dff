import { X509Certificate } from 'node:crypto';
import { bytesToHex, concat, type Hex, keccak256 } from 'viem';

/** What `registerPlatform` and `registerEnclave` need from one raw TDX v4 quote with its PEM chain. */
export interface TdxRegistration {
  readonly leafDer: Hex;
  readonly intermediateDer: Hex;
  /** The quote up to its PEM chain: everything that is signed, and the size fields unchanged. */
  readonly quote: Hex;
  readonly pckKey: PckKey;
}

export interface PckKey {
  readonly x: Hex;
  readonly y: Hex;
  /** keccak256(PPID). */
  readonly platformId: Hex;
}

const qeAuthLengthOffset = 1218; // Intel TDX DCAP quote v4, A.3: after header, TD report, signatures, key and QE report
/** OID 1.2.840.113741.1.13.1.1, then an OCTET STRING of 16 bytes. */
const ppidField = Buffer.from('060a2a864886f84d010d01010410', 'hex');
const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Splits a quote for the registry. Checks only what it needs to cut; the contract verifies everything. */
export function registrationFromQuote(quote: Uint8Array): TdxRegistration {
  const view = new DataView(quote.buffer, quote.byteOffset, quote.byteLength);
  if (quote.byteLength < qeAuthLengthOffset + 2)
    throw new Error(`quote: expected more than ${qeAuthLengthOffset + 2} bytes, got ${quote.byteLength}`);
  const chainOffset = qeAuthLengthOffset + 2 + view.getUint16(qeAuthLengthOffset, true) + 6;
  if (quote.byteLength < chainOffset)
    throw new Error(
      `quote: expected a certificate chain from byte ${chainOffset}, got ${quote.byteLength} bytes`,
    );
  const chainSize = view.getUint32(chainOffset - 4, true);
  if (quote.byteLength < chainOffset + chainSize)
    throw new Error(
      `quote: expected ${chainSize} bytes of certificate chain, got ${quote.byteLength - chainOffset}`,
    );
  const pem = new TextDecoder().decode(quote.subarray(chainOffset, chainOffset + chainSize));
  const [leaf, intermediate] = (pem.match(pemCertificate) ?? []).map((text) => new X509Certificate(text));
  if (leaf === undefined || intermediate === undefined)
    throw new Error('quote: expected a PEM chain with leaf and intermediate certificate');
  return {
    leafDer: bytesToHex(leaf.raw),
    intermediateDer: bytesToHex(intermediate.raw),
    quote: bytesToHex(quote.subarray(0, chainOffset)),
    pckKey: readPckKey(leaf),
  };
}

/** The name under which the registry's `pckOf` knows a PCK key. */
export function hashPckKey({ x, y, platformId }: PckKey): Hex {
  return keccak256(concat([x, y, platformId]));
}

function readPckKey(certificate: X509Certificate): PckKey {
  const { x, y } = certificate.publicKey.export({ format: 'jwk' });
  if (x === undefined || y === undefined) throw new Error('PCK certificate: expected an elliptic curve key');
  const ppidOffset = certificate.raw.indexOf(ppidField);
  if (ppidOffset === -1) throw new Error('PCK certificate: expected an SGX extension with a PPID');
  const ppid = certificate.raw.subarray(ppidOffset + ppidField.length, ppidOffset + ppidField.length + 16);
  return { x: toHex(x), y: toHex(y), platformId: keccak256(ppid) };
}

function toHex(base64url: string): Hex {
  return `0x${Buffer.from(base64url, 'base64url').toString('hex')}`;
}

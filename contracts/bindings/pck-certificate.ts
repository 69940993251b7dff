import type { X509Certificate } from 'node:crypto';
import { concat, type Hex, keccak256, toHex } from 'viem';

export interface PublicKey {
  readonly x: Hex;
  readonly y: Hex;
}

/** What a PCK certificate says about its platform, as far as one must know it to ask the chain. */
export interface PckPlatform {
  /** keccak256(PPID). */
  readonly platformId: Hex;
  readonly fmspc: Hex;
  readonly pceId: Hex;
}

/** Coordinates of a P-256 key. */
export function publicKeyOf(certificate: X509Certificate): PublicKey {
  const { x, y } = certificate.publicKey.export({ format: 'jwk' });
  if (x === undefined || y === undefined) throw new Error('certificate: expected an elliptic curve key');
  return { x: fromBase64Url(x), y: fromBase64Url(y) };
}

/** The name under which the collateral knows a certificate authority. */
export function hashPublicKey({ x, y }: PublicKey): Hex {
  return keccak256(concat([x, y]));
}

/** Finds the fields of the SGX extension by their object ids; the contract parses the extension strictly. */
export function readPckPlatform({ raw }: X509Certificate): PckPlatform {
  return {
    platformId: keccak256(readField(raw, 'PPID', 1, 16)),
    fmspc: toHex(readField(raw, 'FMSPC', 4, 6)),
    pceId: toHex(readField(raw, 'PCEID', 3, 2)),
  };
}

/** OID 1.2.840.113741.1.13.1.arc, then an OCTET STRING. */
function readField(der: Buffer, name: string, arc: number, length: number): Uint8Array {
  const prefix = Buffer.from([...fieldOid, arc, 0x04, length]);
  const offset = der.indexOf(prefix);
  if (offset === -1) throw new Error(`PCK certificate: expected an SGX extension with a ${name}`);
  return Uint8Array.from(der.subarray(offset + prefix.length, offset + prefix.length + length));
}

const fieldOid = [0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01];

function fromBase64Url(text: string): Hex {
  return toHex(Uint8Array.from(Buffer.from(text, 'base64url')));
}

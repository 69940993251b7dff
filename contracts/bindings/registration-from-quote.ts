import { X509Certificate } from 'node:crypto';
import { bytesToHex, concat, type Hex, keccak256 } from 'viem';
import { hashPublicKey, type PckPlatform, publicKeyOf, readPckPlatform } from './pck-certificate.ts';

/** What `registerPlatform`, `registerEnclave` and the collateral need from one raw TDX quote with its PEM chain. */
export interface TdxRegistration {
  readonly leafDer: Hex;
  /** The PCK CA that issued the leaf, and the name under which the collateral knows it. */
  readonly intermediateDer: Hex;
  readonly authorityKeyHash: Hex;
  /** The quote up to its PEM chain: everything that is signed, and the size fields unchanged. */
  readonly quote: Hex;
  readonly pckKey: PckKey;
  /** Which TCB info the platform needs. */
  readonly platform: Pick<PckPlatform, 'fmspc' | 'pceId'>;
}

export interface PckKey {
  readonly x: Hex;
  readonly y: Hex;
  /** keccak256(PPID). */
  readonly platformId: Hex;
}

/** From the end of what is signed to the size of the QE authentication data: size, signature, key, type, size, QE report, signature. */
const qeAuthLengthAfterBody = 586;
const bodyEndV4 = 632;
const bodyStartV5 = 54;
const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Splits a quote for the registry. Checks only what it needs to cut; the contract verifies everything. */
export function registrationFromQuote(quote: Uint8Array): TdxRegistration {
  const view = new DataView(quote.buffer, quote.byteOffset, quote.byteLength);
  const qeAuthLengthOffset = bodyEndOf(view) + qeAuthLengthAfterBody;
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
  const { x, y } = publicKeyOf(leaf);
  const { platformId, fmspc, pceId } = readPckPlatform(leaf);
  return {
    leafDer: bytesToHex(leaf.raw),
    intermediateDer: bytesToHex(intermediate.raw),
    authorityKeyHash: hashPublicKey(publicKeyOf(intermediate)),
    quote: bytesToHex(quote.subarray(0, chainOffset)),
    pckKey: { x, y, platformId },
    platform: { fmspc, pceId },
  };
}

/** Version 5 says how long its body is; the contract refuses sizes that are no TD report's. */
function bodyEndOf(view: DataView): number {
  const hasDescriptor = view.byteLength >= bodyStartV5 && view.getUint16(0, true) === 5;
  return hasDescriptor ? bodyStartV5 + view.getUint32(bodyStartV5 - 4, true) : bodyEndV4;
}

/** The name under which the registry's `pckOf` knows a PCK key. */
export function hashPckKey({ x, y, platformId }: PckKey): Hex {
  return keccak256(concat([x, y, platformId]));
}

import { bytesToHex } from '../bytes/hex.ts';
import { verifyEcdsa, verifyRsa } from '../crypto/index.ts';
import { formatError } from '../errors.ts';
import { type DerReader, derTag } from './der-reader.ts';
import { readEcdsaSignature } from './der-values.ts';
import type { PublicKey } from './public-key.ts';

/** ECDSA-SHA256 is by a P-256 key and ECDSA-SHA384 by a P-384 key: no vendor mixes them. */
export type SignatureAlgorithm = 'ecdsa-sha256' | 'ecdsa-sha384' | 'rsa-pss-sha384';

/**
 * Every AlgorithmIdentifier that is accepted, whole. Parsing their parameters would only bring back forms that
 * nobody uses; comparing bytes cannot be lenient.
 */
const identifiers: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  // RFC 5758 §3.2: no parameters.
  ['0x300a06082a8648ce3d040302', 'ecdsa-sha256'],
  ['0x300a06082a8648ce3d040303', 'ecdsa-sha384'],
  // RFC 4055 §3.1: SHA-384, MGF1 with SHA-384, salt of 48 bytes; trailer field left out, as DER wants …
  [
    '0x304106092a864886f70d01010a3034a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130',
    'rsa-pss-sha384',
  ],
  // … or written out with its default, as AMD's key server does.
  [
    '0x304606092a864886f70d01010a3039a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130a303020101',
    'rsa-pss-sha384',
  ],
]);

export type AlgorithmIdentifier = { readonly encoded: Uint8Array; readonly name: SignatureAlgorithm };

export function readSignatureAlgorithm(
  reader: DerReader,
  allowed: readonly SignatureAlgorithm[],
  thing: string,
): AlgorithmIdentifier {
  const { encoded } = reader.next(derTag.sequence, 'signature algorithm');
  const name = identifiers.get(bytesToHex(encoded));
  if (name === undefined || !allowed.includes(name)) {
    throw formatError(`${thing}, signature algorithm`, {
      expected: allowed.join(' or '),
      actual: name ?? bytesToHex(encoded.subarray(0, 24)),
    });
  }
  return { encoded, name };
}

/** r ‖ s for ECDSA, as long as the curve wants; the bytes themselves for RSA. */
export function decodeSignature(
  algorithm: SignatureAlgorithm,
  encoded: Uint8Array,
  thing: string,
): Uint8Array {
  if (algorithm === 'rsa-pss-sha384') return encoded;
  return readEcdsaSignature(encoded, algorithm === 'ecdsa-sha256' ? 32 : 48, thing);
}

/** Whether `signature` over `message` is by `key`; false too when the key is not of the algorithm's kind. */
export function verifySignature(
  algorithm: SignatureAlgorithm,
  message: Uint8Array,
  signature: Uint8Array,
  key: PublicKey,
): boolean {
  if (key.algorithm === 'rsa') {
    return algorithm === 'rsa-pss-sha384' && verifyRsa('pss', 'sha384', message, signature, key);
  }
  if (key.algorithm === 'p256') {
    return algorithm === 'ecdsa-sha256' && verifyEcdsa('p256', 'sha256', message, signature, key.point);
  }
  return algorithm === 'ecdsa-sha384' && verifyEcdsa('p384', 'sha384', message, signature, key.point);
}

/** Hashes of SHA-2 that evidence formats use. */
export type HashName = 'sha256' | 'sha384' | 'sha512';
export type EcdsaCurve = 'p256' | 'p384';
/** `pss`: MGF1 with the same hash, salt as long as the hash. `pkcs1`: RSASSA-PKCS1-v1_5. */
export type RsaScheme = 'pss' | 'pkcs1';
/** Big-endian magnitudes without leading zero bytes. */
export type RsaPublicKey = { readonly modulus: Uint8Array; readonly exponent: Uint8Array };

/**
 * What differs between Node and a browser. `ecdsa.ts` and `rsa.ts` call it only with arguments in range (point on
 * the curve, scalars in 1..n−1, signature as long as the modulus and below it), so an engine never has to throw.
 */
export type CryptoEngine = {
  readonly digest: (hash: HashName, parts: readonly Uint8Array[]) => Uint8Array;
  /** SHA-256 of the parts one after another, as text of the engine's choice: the fastest name for bytes. */
  readonly fingerprint: (parts: readonly Uint8Array[]) => string;
  readonly verifyEcdsa: (
    curve: EcdsaCurve,
    hash: HashName,
    message: Uint8Array,
    signature: Uint8Array,
    publicKey: Uint8Array,
  ) => boolean;
  readonly verifyRsa: (
    scheme: RsaScheme,
    hash: HashName,
    message: Uint8Array,
    signature: Uint8Array,
    key: RsaPublicKey,
  ) => boolean;
};

/** SHA-256 over bytes that come piece by piece. */
export type RunningSha256 = {
  update(bytes: Uint8Array): unknown;
  /** Of everything so far; more may follow. */
  digest(): Uint8Array;
};

export type Ed25519Signer = {
  readonly publicKey: Uint8Array;
  sign(bytes: Uint8Array): Uint8Array;
};

/**
 * What differs between Node and a browser; evidence (`@hearth/attestation`) and sealed jobs (`sealed-job/cipher`) have engines of
 * their own. All of it is synchronous: caps are signed between two awaits. Ed25519 as RFC 8032 has it.
 */
export type CryptoEngine = {
  readonly newSha256: () => RunningSha256;
  readonly randomBytes: (byteLength: number) => Uint8Array;
  /** @param seed 32 bytes */
  readonly ed25519Signer: (seed: Uint8Array) => Ed25519Signer;
  /** May throw for a malformed key or signature. */
  readonly verifyEd25519: (bytes: Uint8Array, signature: Uint8Array, publicKey: Uint8Array) => boolean;
  readonly encodeBase64: (bytes: Uint8Array) => string;
  /** What does not decode comes back as other bytes: who needs the canonical form encodes again and compares. */
  readonly decodeBase64: (text: string) => Uint8Array;
};

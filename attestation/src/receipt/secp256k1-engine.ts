/** What differs between Node and a browser. Digests are 32 bytes, public keys 65 (04 ‖ x ‖ y), signatures r ‖ s. */
export type Secp256k1Engine = {
  /** Undefined for bytes that are no private key. */
  readonly publicKeyOf: (privateKey: Uint8Array) => Uint8Array | undefined;
  /** Deterministic (RFC 6979), low-s. */
  readonly sign: (
    digest: Uint8Array,
    privateKey: Uint8Array,
  ) => { readonly signature: Uint8Array; readonly recoveryId: number };
  /** Undefined where r or s is out of range, or nobody's key fits. */
  readonly recover: (digest: Uint8Array, signature: Uint8Array, recoveryId: 0 | 1) => Uint8Array | undefined;
};

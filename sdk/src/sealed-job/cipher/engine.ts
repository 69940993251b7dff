import type { CipherSuite } from 'hpke';

/**
 * What opens and seals frames, in Node and in a browser. Apart from `sdk/src/crypto`, because gateway and host reach that, and must reach
 * nothing that decrypts. HKDF-SHA256 and AEAD_AES_256_GCM as RFC 5869 and 5116 have them; synchronous, because frames are numbered.
 */
export type CipherEngine = {
  readonly hkdfSha256: (
    secret: Uint8Array,
    salt: Uint8Array,
    info: Uint8Array,
    byteLength: number,
  ) => Uint8Array;
  /** @returns ciphertext ‖ tag */
  readonly sealAesGcm: (
    key: Uint8Array,
    nonce: Uint8Array,
    aad: Uint8Array,
    plaintext: Uint8Array,
  ) => Uint8Array;
  /** @throws whatever is wrong with it */
  readonly openAesGcm: (
    key: Uint8Array,
    nonce: Uint8Array,
    aad: Uint8Array,
    sealed: Uint8Array,
  ) => Uint8Array;
  /** HPKE with MLKEM768-X25519, HKDF-SHA256 and AES-256-GCM, where the engine has it all; else WebCrypto or noble has. */
  readonly hybridHpke: HybridHpke | undefined;
};

export type HybridHpke = {
  readonly suite: CipherSuite;
  /** The next `SetupSender` to this key finds its encapsulation made. */
  readonly encapAhead: (publicKey: Uint8Array) => Promise<void>;
};

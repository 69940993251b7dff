/** What we use of npm secp256k1, which comes without types: its checks of arguments, around one of its native builds. */
declare module 'secp256k1/lib/index.js' {
  export type Addon = object;
  export type Secp256k1 = {
    publicKeyCreate(privateKey: Uint8Array, compressed: boolean): Uint8Array;
    ecdsaSign(digest: Uint8Array, privateKey: Uint8Array): { signature: Uint8Array; recid: number };
    ecdsaRecover(
      signature: Uint8Array,
      recoveryId: number,
      digest: Uint8Array,
      compressed: boolean,
    ): Uint8Array;
    privateKeyVerify(privateKey: Uint8Array): boolean;
  };
  export default function wrap(addon: Addon): Secp256k1;
}

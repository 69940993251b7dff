import { addressOf, type Hex, sha256, toHex } from '@hearth/attestation/receipt';
import { type Ed25519Key, ed25519Key } from '@hearth/sdk/protocol';

/** A secp256k1 key with its address. */
export type Account = { readonly address: Hex; readonly privateKey: Uint8Array };

/** Everything that signs in one world. Nothing here is secret: it all follows from the seed. */
export type WorldKeys = {
  readonly buyer: Account;
  readonly session: Account;
  readonly log: Ed25519Key;
  readonly homes: readonly HomeKeys[];
};

export type HomeKeys = { readonly provider: Account; readonly enclave: Account; readonly node: Ed25519Key };

/** 32 bytes that follow from their name. */
export const bytesOf = (seed: string, name: string): Uint8Array =>
  sha256(new TextEncoder().encode(`hearth test world ${seed}: ${name}`));

export const idOf = (seed: string, name: string): Hex => toHex(bytesOf(seed, name));

export function worldKeys(seed: string, logSeed: string, homeCount: number): WorldKeys {
  return {
    buyer: accountOf(seed, 'buyer'),
    session: accountOf(seed, 'session key'),
    log: ed25519Key(bytesOf(logSeed, 'log key')),
    homes: Array.from({ length: homeCount }, (_, i) => ({
      provider: accountOf(seed, `provider ${i}`),
      enclave: accountOf(seed, `enclave key ${i}`),
      node: ed25519Key(bytesOf(seed, `node key ${i}`)),
    })),
  };
}

function accountOf(seed: string, name: string): Account {
  const privateKey = bytesOf(seed, name);
  return { address: addressOf(privateKey), privateKey };
}

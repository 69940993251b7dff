import { sha256, toHex } from '@hearth/attestation/receipt';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import type { DrandBeacon } from '../protocol/index.ts';
import type { DrandNetwork } from './network.ts';
import { parseRound, roundMessage } from './round.ts';

/** A network of one signer, for tests: its rounds are as good as a threshold's. */
const keysOf = (seed: number) => bls12_381.shortSignatures.keygen(new Uint8Array(48).fill(seed));

export function sampleNetwork(seed: number, genesisUnixSec = 1_700_000_000): DrandNetwork {
  const publicKey = keysOf(seed).publicKey.toBytes();
  return {
    chainHash: toHex(sha256(publicKey)),
    publicKey: toHex(publicKey),
    genesisUnixSec,
    periodSec: 3,
  };
}

/** As a drand node would serve it. */
export function sampleRoundJson(seed: number, round: number): { round: number; signature: string } {
  const signed = bls12_381.shortSignatures.sign(roundMessage(round), keysOf(seed).secretKey);
  return { round, signature: toHex(bls12_381.shortSignatures.Signature.toBytes(signed)).slice(2) };
}

export const sampleRound = (seed: number, round: number): DrandBeacon =>
  parseRound(sampleNetwork(seed), sampleRoundJson(seed, round));

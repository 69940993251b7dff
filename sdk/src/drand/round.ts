import { fromHex, sha256 } from '@hearth/attestation/receipt';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { z } from 'zod';
import { type DrandBeacon, drandBeacon, HearthError } from '../protocol/index.ts';
import { type DrandNetwork, roundTimeMs } from './network.ts';

/** RFC 9380 suite of signatures on G1. */
const DOMAIN = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_';

const published = z.object({ round: z.int().min(1), signature: z.string().regex(/^[0-9a-f]{96}$/) });

/** A round as a drand node serves it (`/<chain hash>/public/latest`). @throws HearthError `invalid_request` */
export function parseRound(network: DrandNetwork, json: unknown): DrandBeacon {
  const parsed = published.safeParse(json);
  if (!parsed.success)
    throw new HearthError('invalid_request', 'drand: expected a round and a signature of 48 bytes');
  const { round, signature } = parsed.data;
  const timestampMs = roundTimeMs(network, round);
  return drandBeacon.parse({
    drandChain: network.chainHash,
    round,
    signature: `0x${signature}`,
    timestampMs,
  });
}

/** What is wrong with a round: another network's, another time, or not signed by its key. Milliseconds of work. */
export function faultOfRound(network: DrandNetwork, beacon: DrandBeacon): string | undefined {
  const { drandChain, round, signature, timestampMs } = beacon;
  if (drandChain !== network.chainHash)
    return `drand round ${round}: expected chain ${network.chainHash}, got ${drandChain}`;
  const expectedMs = roundTimeMs(network, round);
  if (timestampMs !== expectedMs)
    return `drand round ${round}: expected its time ${expectedMs}, got ${timestampMs}`;
  return isSigned(network, round, fromHex(signature))
    ? undefined
    : `drand round ${round}: not signed by the network's key`;
}

/** Unchained: what is signed is the hash of the round's number, whatever came before it. */
export function roundMessage(round: number) {
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(round));
  return bls12_381.shortSignatures.hash(sha256(number), DOMAIN);
}

function isSigned({ publicKey }: DrandNetwork, round: number, signature: Uint8Array): boolean {
  try {
    return bls12_381.shortSignatures.verify(signature, roundMessage(round), fromHex(publicKey));
  } catch {
    return false; // bytes that are no points prove nothing
  }
}

import type { Hex } from '@hearth/attestation/receipt';
import { z } from 'zod';
import { blsG1, blsG2, bytes32, timeMs } from './units.ts';

/** The newest finalised block of the settlement chain under a checkpoint. */
const blockBeacon = z.strictObject({ blockNumber: z.int().min(0), blockHash: bytes32, timestampMs: timeMs });

/** A round of a drand network: nobody alone could have chosen or discarded it. */
export const drandBeacon = z.strictObject({
  /** Which network: hash of its parameters. */
  drandChain: bytes32,
  round: z.int().min(1),
  signature: blsG1,
  timestampMs: timeMs,
});

/** What breaks ties; its members say where it comes from. */
export const beacon = z.union([blockBeacon, drandBeacon]);
export type Beacon = z.infer<typeof beacon>;
export type BlockBeacon = z.infer<typeof blockBeacon>;
export type DrandBeacon = z.infer<typeof drandBeacon>;

/** What a drand network is known by. */
export const drandNetwork = z.strictObject({
  chainHash: bytes32,
  publicKey: blsG2,
  genesisUnixSec: z.int().min(0),
  periodSec: z.int().min(1),
});
export type DrandNetwork = z.infer<typeof drandNetwork>;

/** One line that says all of it. */
export function beaconLine(from: Beacon): string {
  return 'blockHash' in from
    ? `beacon ${from.blockNumber} ${from.blockHash} ${from.timestampMs}`
    : `drand ${from.drandChain} ${from.round} ${from.signature} ${from.timestampMs}`;
}

/** Undefined for another line. */
export function parseBeaconLine(line: string): Beacon | undefined {
  const [, number, blockHash, blockMs] = /^beacon (\d{1,15}) (0x[0-9a-f]{64}) (\d{1,15})$/.exec(line) ?? [];
  if (blockHash !== undefined)
    return { blockNumber: Number(number), blockHash: blockHash as Hex, timestampMs: Number(blockMs) };
  const [, drandChain, round, signature, roundMs] =
    /^drand (0x[0-9a-f]{64}) ([1-9]\d{0,14}) (0x[0-9a-f]{96}) (\d{1,15})$/.exec(line) ?? [];
  if (drandChain === undefined) return undefined;
  return {
    drandChain: drandChain as Hex,
    round: Number(round),
    signature: signature as Hex,
    timestampMs: Number(roundMs),
  };
}

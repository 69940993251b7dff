import { z } from 'zod';
import { ejectionReasons } from './market-record.ts';
import { messageKind } from './signed-message.ts';
import { address, bytes32, ppm, timeMs, uintNumber } from './units.ts';

const logIndex = uintNumber(53);
const count = uintNumber(53);

/** What holds a node's asks back whatever a request wants. `reason` is the refusal that its asks meet, `logIndex` the entry that says why. */
export const standingLimit = z.discriminatedUnion('reason', [
  z.strictObject({
    reason: z.literal('ejected'),
    cause: z.enum(ejectionReasons),
    missed: count,
    trials: count,
    untilMs: timeMs,
    logIndex,
  }),
  /** So many of its slots count, because it refused too many OFFERs. */
  z.strictObject({ reason: z.literal('overstated'), slots: count, logIndex }),
  /** Its platform is new in a pool that has established owners: so many slots count there until it has enough receipts. */
  z.strictObject({
    reason: z.literal('probation'),
    poolId: bytes32,
    slots: count,
    receipts: count,
    receiptsWanted: count,
    logIndex,
  }),
  z.strictObject({
    reason: z.literal('ceiling'),
    poolId: bytes32,
    multiplierPpm: ppm,
    ceilingPpm: ppm,
    logIndex,
  }),
  /** Clearings of the last minute passed over this enclave: not registered at the safe block, or its evidence is over. */
  z.strictObject({ reason: z.literal('attestation'), enclaveKey: address }),
]);
export type StandingLimit = z.infer<typeof standingLimit>;

/** What the market's records under `treeSize` mean for one node; sent when it connects and whenever it changes. Signed by the log key. */
export const standing = messageKind(
  'standing',
  z.strictObject({
    v: z.literal(1),
    nodeKey: bytes32,
    treeSize: count,
    atMs: timeMs,
    limits: z.array(standingLimit).max(1000),
  }),
);
export type Standing = z.infer<typeof standing.body>;

import { leafHash } from '@hearth/attestation/receipt';
import { z } from 'zod';
import { ask, slotCounter } from './ask.ts';
import { canonicalBytes } from './canonical-json.ts';
import { clearing } from './clearing.ts';
import { priceCard } from './model.ts';
import { receiptLeaf } from './receipt.ts';
import { address, bytes32, ppm, timeMs } from './units.ts';

/** Quality per platform, recomputed from logged receipts and misses. */
const quality = z.strictObject({
  v: z.literal(1),
  platforms: z.array(z.strictObject({ platformId: bytes32, qualityPpm: ppm })).max(100_000),
});

const ejection = z.strictObject({
  v: z.literal(1),
  nodeKey: bytes32,
  enclaveKey: address,
  reason: z.enum(['no_receipt', 'invalid_receipt', 'equivocation']),
  untilMs: timeMs,
});

/** One leaf of the transparency log: what happened, when the log took it, and the signed message itself. */
export const logEntry = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ask'), atMs: timeMs, platformId: bytes32, message: ask.schema }),
  z.strictObject({ kind: z.literal('slot-counter'), atMs: timeMs, message: slotCounter.schema }),
  z.strictObject({ kind: z.literal('price-card'), atMs: timeMs, message: priceCard.schema }),
  z.strictObject({ kind: z.literal('clearing'), atMs: timeMs, clearing }),
  z.strictObject({ kind: z.literal('receipt'), atMs: timeMs, message: receiptLeaf.schema }),
  z.strictObject({ kind: z.literal('quality'), atMs: timeMs, quality }),
  z.strictObject({ kind: z.literal('ejection'), atMs: timeMs, ejection }),
]);
export type LogEntry = z.infer<typeof logEntry>;
export type LogEntryJson = z.input<typeof logEntry>;
export type LogEntryKind = LogEntry['kind'];

/** RFC 6962 leaf hash of an entry's JSON. */
export function logLeafHash(entryJson: LogEntryJson): Uint8Array {
  return leafHash(canonicalBytes(entryJson));
}

/** An entry with its place in the log and the path to the root of `treeSize` leaves. */
export const provenEntry = z.strictObject({
  entry: z.unknown(),
  index: z.int().min(0),
  treeSize: z.int().min(1),
  path: z.array(bytes32).max(64),
});
export type ProvenEntry = z.infer<typeof provenEntry>;

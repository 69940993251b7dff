import { leafHash } from '@hearth/attestation/receipt';
import { z } from 'zod';
import { ask, slotCounter } from './ask.ts';
import { canonicalBytes } from './canonical-json.ts';
import { clearing } from './clearing.ts';
import { abort, reject } from './lease.ts';
import { ejection, miss, priceWindow, qualityTable } from './market-record.ts';
import { priceCard } from './model.ts';
import { receiptLeaf } from './receipt.ts';
import { bytes32, timeMs } from './units.ts';

/** One leaf of the transparency log: what happened, when the log took it, and the signed message itself. */
export const logEntry = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ask'), atMs: timeMs, platformId: bytes32, message: ask.schema }),
  z.strictObject({ kind: z.literal('slot-counter'), atMs: timeMs, message: slotCounter.schema }),
  z.strictObject({ kind: z.literal('price-card'), atMs: timeMs, message: priceCard.schema }),
  z.strictObject({ kind: z.literal('clearing'), atMs: timeMs, clearing }),
  z.strictObject({ kind: z.literal('receipt'), atMs: timeMs, message: receiptLeaf.schema }),
  z.strictObject({ kind: z.literal('reject'), atMs: timeMs, message: reject.schema }),
  z.strictObject({ kind: z.literal('abort'), atMs: timeMs, message: abort.schema }),
  z.strictObject({ kind: z.literal('miss'), atMs: timeMs, miss }),
  z.strictObject({ kind: z.literal('window'), atMs: timeMs, window: priceWindow }),
  z.strictObject({ kind: z.literal('quality'), atMs: timeMs, quality: qualityTable }),
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

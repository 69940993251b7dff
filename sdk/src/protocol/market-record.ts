import { z } from 'zod';
import { accept } from './lease.ts';
import { jobHeaderCodec } from './structs.ts';
import { address, bytes32, effectivePpm, ppm, signature65, timeMs, uintNumber } from './units.ts';

const logIndex = uintNumber(53);
const count = uintNumber(53);

/**
 * What the final receipts of one pool say of one closed 5 s slot of log time, by provider: enough to price the pool
 * without any one of them. Log time is the greatest `atMs` up to a leaf, over receipts and windows.
 */
export const priceWindow = z.strictObject({
  v: z.literal(1),
  poolId: bytes32,
  fromMs: timeMs,
  toMs: timeMs,
  /** Leaves from the first counted receipt to behind the last. */
  fromIndex: logIndex,
  toIndex: logIndex,
  /** By address; each one's asks ascending, equal asks added up. */
  providers: z
    .array(
      z.strictObject({
        provider: address,
        receipts: count,
        asks: z.array(z.strictObject({ effectiveAsk: effectivePpm, billedTokens: count })).max(100_000),
      }),
    )
    .min(1)
    .max(100_000),
});
export type PriceWindow = z.infer<typeof priceWindow>;

/** Record of one platform: what its jobs came to. Counts are in thousandths, so that old ones can fade. */
export const platformRecord = z.strictObject({
  platformId: bytes32,
  /** Final receipts ever: what ends a newcomer's probation. */
  receipts: count,
  doneMilli: count,
  missedMilli: count,
  qualityPpm: ppm,
});
export type PlatformRecord = z.infer<typeof platformRecord>;

/** How one node answered OFFERs while its counter said that slots were free. */
export const answerRecord = z.strictObject({
  nodeKey: bytes32,
  offers: count,
  accepts: count,
  /** Most slots in use that it signed for since it was last judged. */
  maxUsed: count,
  /** Slots that count from now on; null: as many as it says. */
  slotLimit: count.nullable(),
});
export type AnswerRecord = z.infer<typeof answerRecord>;

/** Trade of one pool in the period of the table. */
export const poolRecord = z.strictObject({
  poolId: bytes32,
  receipts: count,
  tokens: count,
  /** Token-weighted median of the period's window prices; null where no window had one. */
  pricePpm: effectivePpm.nullable(),
  /** Providers with an established platform that sold in the period. */
  owners: count,
  newcomerTokens: count,
  /** The highest multiplier that may compete until the next table; null in a young pool. */
  ceilingPpm: ppm.nullable(),
});
export type PoolRecord = z.infer<typeof poolRecord>;

/**
 * The market's records after the leaves [fromIndex, toIndex), which follow those of the table before. Only what changed
 * is listed, and a row holds all that the next one needs: each table can be computed again from the ones before it.
 */
export const qualityTable = z.strictObject({
  v: z.literal(1),
  fromIndex: logIndex,
  toIndex: logIndex,
  platforms: z.array(platformRecord).max(100_000),
  nodes: z.array(answerRecord).max(100_000),
  pools: z.array(poolRecord).max(100_000),
});
export type QualityTable = z.infer<typeof qualityTable>;

/** Jobs taken without a receipt, or slots sold and taken back without a declared pause. */
export const ejectionReasons = ['no_receipt', 'aborted'] as const;
export type EjectionReason = (typeof ejectionReasons)[number];

/** A node is out for a while; stands directly behind the table that shows why. */
export const ejection = z.strictObject({
  v: z.literal(1),
  nodeKey: bytes32,
  reason: z.enum(ejectionReasons),
  /** Of `trials` jobs in the period, those that were lost. */
  missed: count,
  trials: count,
  untilMs: timeMs,
});
export type Ejection = z.infer<typeof ejection>;

/**
 * A job that a node took and gave no final receipt for. Two signatures keep it honest: the node's on the ACCEPT, the
 * buyer's on the job header; without the buyer the operator can accuse nobody.
 */
export const miss = z.strictObject({
  v: z.literal(1),
  accept: accept.schema,
  jobHeader: jobHeaderCodec,
  sessionSignature: signature65,
});
export type Miss = z.infer<typeof miss>;

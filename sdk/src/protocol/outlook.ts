import { z } from 'zod';
import { jobClass } from './model.ts';
import { messageKind } from './signed-message.ts';
import { address, bytes32, ppm, timeMs, uintNumber } from './units.ts';

const tokens = uintNumber(53);

/** A stretch of time in which a node expects to be for sale. An estimate: what sells is an ask. */
export const saleWindow = z.strictObject({
  startMs: timeMs,
  endMs: timeMs,
  /** Jobs at the same time. */
  slots: z.int().min(1).max(1024),
  /** The most that it expects to ask, for each model and class: a multiplier of the price card, as in an ask. */
  prices: z
    .array(z.strictObject({ modelDigest: bytes32, class: jobClass, multiplierPpm: ppm }))
    .min(1)
    .max(32),
  /** Output tokens of all slots together: what nine in ten such windows have at least, which may be counted on, and half of them. */
  outputTokensP10: tokens,
  outputTokensP50: tokens,
});
export type SaleWindow = z.infer<typeof saleWindow>;

/** A node plans a day and a half. */
export const maxOutlookAheadMs = 48 * 3_600_000;
/** A node that is gone is forgotten within this time. */
export const maxOutlookLifeMs = 3_600_000;

/**
 * When a node expects to be for sale: declared ahead, binding nobody. Each one replaces the one before it whole, so one without
 * windows withdraws them all. Not in the log, because no auction, price or quality depends on it. Signed by the node key.
 */
export const outlook = messageKind(
  'outlook',
  z
    .strictObject({
      v: z.literal(1),
      nodeKey: bytes32,
      enclaveKey: address,
      /** In order of time, none over another. */
      windows: z.array(saleWindow).max(64),
      /** Up to here no window means no sale; beyond it nothing is foreseen. */
      knownUntilMs: timeMs,
      atMs: timeMs,
      validUntilMs: timeMs,
    })
    .refine(
      ({ windows, knownUntilMs }) =>
        windows.every(
          ({ startMs, endMs }, index) =>
            startMs < endMs && startMs >= (windows[index - 1]?.endMs ?? 0) && endMs <= knownUntilMs,
        ),
      'windows: expected each to end after its start, after the one before it, and within knownUntilMs',
    )
    .refine(
      ({ windows }) => windows.every((window) => window.outputTokensP10 <= window.outputTokensP50),
      'windows: expected no more tokens at p10 than at p50',
    )
    .refine(
      ({ atMs, validUntilMs, knownUntilMs }) =>
        validUntilMs > atMs &&
        validUntilMs <= atMs + maxOutlookLifeMs &&
        knownUntilMs <= atMs + maxOutlookAheadMs,
      'validUntilMs: expected at most an hour after atMs, and knownUntilMs at most two days',
    ),
);
export type Outlook = z.infer<typeof outlook.body>;

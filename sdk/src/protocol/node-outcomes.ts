import { z } from 'zod';
import { refusalReasons } from './clearing.ts';
import { modelName } from './model.ts';
import { bytes32, effectivePpm, ppm, timeMs, uintNumber } from './units.ts';

const count = uintNumber(53);

/** One standing ask of a node as the book has it now. */
const placedAsk = z.strictObject({
  askId: bytes32,
  modelDigest: bytes32,
  class: uintNumber(8),
  multiplierPpm: ppm,
  qualityPpm: ppm,
  /** What it competes with: multiplier over quality. */
  effectiveAsk: effectivePpm,
  /** 1 is the best of the `nodes` with a valid ask in its pool. */
  rank: z.int().min(1),
  nodes: z.int().min(1),
  freeSlots: z.int(),
  isPaused: z.boolean(),
});

/** `GET /v1/nodes/:nodeKey/outcomes?from&to`: what the market's clearings meant for one node, from the log alone. */
export const nodeOutcomes = z.strictObject({
  nodeKey: bytes32,
  fromMs: timeMs,
  toMs: timeMs,
  /** Clearings of its models and classes in the period that were looked at, newest first; false: there were more. */
  clearings: count,
  isComplete: z.boolean(),
  won: count,
  /** It was asked first and did not sell. */
  notSold: count,
  outbid: count,
  /** Clearings under whose checkpoint it had no ask. */
  withoutAsk: count,
  refused: z.partialRecord(z.enum(refusalReasons), count),
  /** Multipliers with which it would have stood before the winner of half of the clearings that outbid it, and of one. */
  winningPpm: z.strictObject({ halfOfThem: count, oneOfThem: count }).nullable(),
  slotLimit: count.nullable(),
  ejectedUntilMs: timeMs.nullable(),
  asks: z.array(placedAsk).max(1000),
  models: z.record(bytes32, modelName),
});
export type NodeOutcomes = z.infer<typeof nodeOutcomes>;

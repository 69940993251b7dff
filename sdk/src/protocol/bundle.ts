import { z } from 'zod';
import { evidence, signedKeyConfig } from './evidence.ts';
import { modelManifest } from './model.ts';
import { policy } from './policy.ts';
import { signedCap, signedReceipt } from './receipt.ts';
import { receiptProof } from './routes.ts';
import { enclaveKeysCodec, jobHeaderCodec, orderCodec, receiptCodec } from './structs.ts';
import { address, bytes32, signature65, walletSignature } from './units.ts';

/** One opened leaf of a salted commitment: shows one message to an auditor and hides the rest. */
export const opening = z.strictObject({
  tree: z.enum(['prompt', 'params', 'output']),
  index: z.int().min(0),
  size: z.int().min(1),
  salt: bytes32,
  item: z.unknown(),
  path: z.array(bytes32).max(64),
});
export type Opening = z.infer<typeof opening>;

const otherAttempt = z.strictObject({
  jobHeader: jobHeaderCodec,
  sessionSignature: signature65,
  receipt: signedReceipt.nullable(),
});

/** One job with everything that proves it, for an auditor without a network. No anchor is ever taken from it. */
export const bundle = z.strictObject({
  schema: z.literal('hearth-bundle/1'),
  domain: z.strictObject({ chainId: z.int().min(1), settlement: address, registry: address }),
  order: orderCodec,
  orderSignature: walletSignature,
  jobHeader: jobHeaderCodec,
  sessionSignature: signature65,
  /** The cap that the buyer signed for this job. */
  authorization: signedCap,
  receipt: receiptCodec,
  receiptSignature: signature65,
  /** Jobs of the same call signed before this one: they broke off, or were too slow. Oldest first; null: never paid for. */
  earlierAttempts: z.array(otherAttempt).max(8),
  /** Those signed after it, because it was slow, and called off when it answered first. */
  laterAttempts: z.array(otherAttempt).max(8),
  enclaveKeys: enclaveKeysCodec,
  keyConfig: signedKeyConfig,
  evidence,
  /** What the receipt's `modelDigest` is the digest of. */
  model: modelManifest,
  policy,
  auction: receiptProof.shape.auction,
  log: receiptProof.shape.log,
  settlement: receiptProof.shape.settlement,
  openings: z.array(opening).max(10_000),
});
export type Bundle = z.infer<typeof bundle>;

export const levels = ['L0', 'L1', 'L2', 'L3', 'L4', 'L5', 'L6', 'L7'] as const;
export type Level = (typeof levels)[number];
export type LevelResult = { readonly result: 'pass' | 'fail' | 'absent'; readonly reason: string };
export type Verification = Readonly<Record<Level, LevelResult>>;

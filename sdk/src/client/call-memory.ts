import { z } from 'zod';
import { address, bytes32, jobHeaderCodec, signature65 } from '../protocol/index.ts';

/** A job that was signed: what it takes to learn what became of it, and to prove it. */
const signedJob = z.strictObject({
  header: jobHeaderCodec,
  jobHeaderHash: bytes32,
  sessionSignature: signature65,
  enclaveKey: address,
  /** Delivered by earlier attempts: evaluated again here, and not to be billed again. */
  tokensBefore: z.int().min(0),
});
export type SignedJob = z.infer<typeof signedJob>;

/** A call that did not come to its end: its jobs, oldest first, and the tokens that they delivered. */
export const brokenCall = z.strictObject({
  jobs: z.array(signedJob).readonly(),
  tokens: z.array(z.int().min(0)).readonly(),
});
export type BrokenCall = z.infer<typeof brokenCall>;

/**
 * Of one call whose answer comes in one piece, kept by who may have to ask again, be it after a restart: the next try then
 * goes on where the last one broke off, so that nothing is paid twice which the buyer still has.
 */
export type CallMemory = {
  /** The last one kept, if the call has not ended since. */
  readonly before: BrokenCall | undefined;
  /** Before a job is sent, with each receipt, and when the call breaks off; to be durable when this returns. */
  keep(call: BrokenCall): void;
  /** The call has ended. */
  forget(): void;
};

import { z } from 'zod';
import { signedReceipt } from './receipt.ts';

/** Member of a sealed request body, next to the client's own: what earlier attempts of the same call have delivered. */
export const continuationMember = 'hearth_continuation';

/**
 * Output tokens by which, for each attempt that broke off, the receipts and what arrived may differ, either way: an answer has a
 * receipt every 256 tokens, so what was delivered since has none; and what is in a frame is billed, and the frame may be lost
 * with the connection that it was on. Neither enclave nor buyer can tell the two from a lie, so neither may be larger.
 */
export const tokensOnTheWay = 512;

/**
 * With it an enclave goes on where another one broke off. Which tokens they are is the buyer's word, and the buyer's risk:
 * whoever changes them gets another text. They are evaluated, never billed. That somebody delivered them, and was paid for the
 * prompt, the receipts show; without one that does, the prompt is billed here.
 */
export const continuation = z.strictObject({
  tokens: z.array(z.int().min(0).max(0xffffffff)).max(1_048_576),
  /** Of the attempts before this one, the newest of each that brought any, oldest first. */
  receipts: z.array(signedReceipt).max(8),
  /** Of the chunks that the client has seen, so that all of the stream looks like one; absent for an answer in one piece. */
  started: z.strictObject({ id: z.string().max(128), created: z.int().min(0) }).optional(),
});
export type Continuation = z.infer<typeof continuation>;

import { z } from 'zod';
import { signedReceipt } from './receipt.ts';
import { notRunCodec } from './structs.ts';
import { signature65 } from './units.ts';

/**
 * Payload of a link frame of type `error`, and the `error` object of the gateway's HTTP answer when it comes before any
 * response byte. `newestReceipt` lets a buyer whose cap was too low catch up; `notRun` is the enclave's word that the
 * job never started and never will.
 */
export const jobError = z.object({
  code: z.string().max(64),
  message: z.string().max(500),
  details: z
    .object({
      newestReceipt: signedReceipt.optional(),
      notRun: z.object({ notRun: notRunCodec, signature: signature65 }).optional(),
    })
    .optional(),
});
export type JobError = z.infer<typeof jobError>;

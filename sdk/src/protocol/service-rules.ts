import { z } from 'zod';

const never = z.literal('never');

/**
 * How far the buyer's side goes for an answer. Total like the rest of the policy, and read by the SDK alone: no machine
 * is let in by these rules, every one that is used passed all others first.
 */
export const serviceRules = z.strictObject({
  /** Before the first token: whom else to ask when the first one is slow. Whoever gives a token first goes on. */
  hedge: z.union([
    never,
    z.strictObject({
      /** An answer without a token for this long gets a second enclave. */
      afterMs: z.int().min(10).max(600_000),
      /** Enclaves asked beside the first one, at most, each after another such wait. */
      atMost: z.int().min(1).max(2),
      /** Of all jobs, in millionths: the others wait for the one they asked. */
      shareOfJobsPpm: z.int().min(0).max(1_000_000),
    }),
  ]),
  /** With every gateway down: nodes of the last signed book, asked by the SDK itself. */
  direct: z.union([never, z.strictObject({ bookAgeSec: z.strictObject({ atMost: z.int().min(1) }) })]),
});
export type ServiceRules = z.infer<typeof serviceRules>;

import { z } from 'zod';
import { parseDuration } from './duration.ts';

const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  context.addIssue(`expected an ISO 8601 duration, got "${text}"`);
  return z.NEVER;
});
const period = z.looseObject({
  start: z.string(),
  duration: duration.optional(),
  randomizeStart: duration.optional(),
});

export const venEvent = z.looseObject({
  id: z.string(),
  programID: z.string(),
  priority: z.int().min(0).nullish(),
  /** Loops or cuts the intervals to this length. */
  duration: duration.optional(),
  intervalPeriod: period.optional(),
  intervals: z
    .array(
      z.looseObject({
        id: z.int(),
        intervalPeriod: period.optional(),
        payloads: z.array(z.looseObject({ type: z.string(), values: z.array(z.unknown()) })),
      }),
    )
    .max(10_000),
});
export type VenEvent = z.output<typeof venEvent>;

export const token = z.looseObject({
  access_token: z.string(),
  expires_in: z.number().positive().optional(),
});
export const authServer = z.looseObject({ tokenURL: z.string() });
export const program = z.looseObject({ id: z.string(), programName: z.string() });

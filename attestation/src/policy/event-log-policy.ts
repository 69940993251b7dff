import * as z from 'zod';
import { anyOfOrIgnore, flagOrIgnore, hexOf } from './requirement.ts';

const payload = z
  .string()
  .regex(/^0x(?:[0-9a-f]{2})*$/)
  .max(2 + 2 * 64 * 1024);

/** One event by name, with the payloads it may carry. */
const eventRule = z
  .strictObject({
    name: z.string().max(256),
    payload: anyOfOrIgnore(payload),
    presence: z.enum(['required', 'optional']),
  })
  .readonly();

/**
 * What a relying party accepts of an event log whose registers agree with a verified quote. Every event must meet a
 * rule, and every required rule must be met; an empty list allows no event at all.
 */
export const eventLogPolicySchema = z.strictObject({
  /** Whole registers, computed from an image or published by who built it. */
  rtmr0: anyOfOrIgnore(hexOf(48)),
  rtmr1: anyOfOrIgnore(hexOf(48)),
  rtmr2: anyOfOrIgnore(hexOf(48)),
  rtmr3: anyOfOrIgnore(hexOf(48)),
  /** dstack's mark between the platform's events and the application's; without it they cannot be told apart. */
  systemReady: flagOrIgnore,
  platformEvents: anyOfOrIgnore(eventRule),
  applicationEvents: anyOfOrIgnore(eventRule),
});

export type EventLogPolicy = z.infer<typeof eventLogPolicySchema>;
export type EventRule = z.infer<typeof eventRule>;

/** The default worth having for dstack: exactly the given firmware, kernel and platform events; nothing from the application. */
export function strictEventLogPolicy(
  expected: Pick<EventLogPolicy, 'rtmr0' | 'rtmr1' | 'rtmr2' | 'platformEvents'>,
): EventLogPolicy {
  return { ...expected, rtmr3: 'ignore', systemReady: { equals: true }, applicationEvents: { anyOf: [] } };
}

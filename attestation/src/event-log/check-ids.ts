import type { EvidenceReason } from '../errors.ts';

/** Every check of an event log, in the order made, with the reason that its failure gives. */
export const eventLogCheckReasons = {
  'event-log.format': 'format',
  'event-log.runtime-digests': 'binding',
  'event-log.security-events': 'binding',
  'event-log.rtmr0': 'binding',
  'event-log.rtmr1': 'binding',
  'event-log.rtmr2': 'binding',
  'event-log.rtmr3': 'binding',
  'event-log.app-compose': 'binding',
} as const satisfies Record<string, EvidenceReason>;

export type EventLogCheckId = keyof typeof eventLogCheckReasons;

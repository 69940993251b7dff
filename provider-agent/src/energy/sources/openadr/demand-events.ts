import type { DemandEvent } from '../../events/demand-event.ts';
import { MAX_SITE_W } from '../../site/signals.ts';
import type { TimedPayload } from './intervals.ts';

/**
 * What of the payloads concerns the node's power. Of two that overlap, the lower priority number wins. A level or a limit that
 * cannot be read counts as the strictest there is: the grid did ask for something.
 */
export function demandEvents(payloads: readonly TimedPayload[]): DemandEvent[] {
  return payloads
    .filter((payload) => !isOverruled(payload, payloads))
    .flatMap((payload): DemandEvent[] => {
      const { eventId, startMs, endMs, value, type } = payload;
      const common = { id: eventId, source: 'openadr', startMs, endMs };
      switch (type) {
        case 'SIMPLE':
          return [{ ...common, level: isLevel(value) ? value : 3 }];
        case 'IMPORT_CAPACITY_LIMIT':
          return [{ ...common, importCapW: isLimitKw(value) ? value * 1_000 : 0 }];
        case 'ALERT_GRID_EMERGENCY':
        case 'ALERT_BLACK_START':
          return [{ ...common, level: 3 as const }];
        default:
          return [];
      }
    });
}

/** What is wrong with payloads that were taken for the strictest. */
export function unreadablePayloads(payloads: readonly TimedPayload[]): string[] {
  return payloads.flatMap(({ eventId, type, value }) => {
    if (type === 'SIMPLE' && !isLevel(value))
      return [
        `event ${eventId}: SIMPLE ${JSON.stringify(value)} is no level from 0 to 3: taken for an emergency`,
      ];
    if (type === 'IMPORT_CAPACITY_LIMIT' && !isLimitKw(value))
      return [`event ${eventId}: a limit of ${JSON.stringify(value)} kW is none of a home: taken for 0`];
    return [];
  });
}

function isOverruled(payload: TimedPayload, all: readonly TimedPayload[]): boolean {
  return all.some(
    (other) =>
      other.type === payload.type &&
      other.priority < payload.priority &&
      other.startMs < payload.endMs &&
      payload.startMs < other.endMs,
  );
}

const isLevel = (value: unknown): value is 0 | 1 | 2 | 3 => [0, 1, 2, 3].includes(value as number);
const isLimitKw = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value * 1_000 <= MAX_SITE_W;

import type { DemandEvent } from '../../events/demand-event.ts';
import type { TimedPayload } from './intervals.ts';

/** What of the payloads concerns the node's power. Of two that overlap, the lower priority number wins. */
export function demandEvents(payloads: readonly TimedPayload[]): DemandEvent[] {
  return payloads
    .filter((payload) => !isOverruled(payload, payloads))
    .flatMap((payload): DemandEvent[] => {
      const { eventId, startMs, endMs, value, type } = payload;
      const common = { id: eventId, source: 'openadr', startMs, endMs };
      switch (type) {
        case 'SIMPLE':
          return isLevel(value) ? [{ ...common, level: value }] : [];
        case 'IMPORT_CAPACITY_LIMIT':
          return typeof value === 'number' && value >= 0 ? [{ ...common, importCapW: value * 1_000 }] : [];
        case 'ALERT_GRID_EMERGENCY':
        case 'ALERT_BLACK_START':
          return [{ ...common, level: 3 as const }];
        default:
          return [];
      }
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

import { type Hex, hexToBytes } from '../../bytes/hex.ts';
import { latin1ToText } from '../../bytes/text.ts';
import { eventFacts } from '../../event-log/facts.ts';
import { parseEventLog } from '../../event-log/parse.ts';
import { splitRuntimeEvents } from '../../event-log/platform-events.ts';
import { replayRtmrs } from '../../event-log/replay.ts';
import { row, type Section } from './rows.ts';

const shownPayload = 64;

/** Throws EvidenceError `format`. */
export function describeEventLog(bytes: Uint8Array): Section[] {
  const { format, events, trailingByteCount } = parseEventLog(bytes);
  const { isSystemReady } = splitRuntimeEvents(events);
  const facts = events.map(eventFacts);
  return [
    {
      title: format === 'ccel' ? 'event log of the firmware (CCEL)' : 'event log of dstack',
      rows: [
        row('size', `${bytes.length} bytes`),
        row('events', events.length),
        row('trailing bytes', trailingByteCount),
        row('system-ready', isSystemReady, isSystemReady ? "later events are the application's" : 'no mark'),
      ],
    },
    {
      title: 'registers as this log folds; a quote must have the same',
      rows: replayRtmrs(events).map((rtmr, index) => row(`RTMR${index}`, rtmr)),
    },
    ...([0, 1, 2, 3, 'mrtd'] as const).map((register) => ({
      title: register === 'mrtd' ? 'MRTD (for information)' : `events of RTMR${register}`,
      rows: facts
        .filter((one) => one.register === register)
        .flatMap(({ eventTypeName, name, digest, payload, isPayloadMeasured }) => [
          row(name === undefined ? eventTypeName : `${eventTypeName} ${name}`, digest),
          row(
            '  payload',
            payloadText(payload),
            isPayloadMeasured ? 'measured' : 'not what the digest covers',
          ),
        ]),
    })),
  ].filter(({ rows }) => rows.length > 0);
}

/** As text where it is some, as hex otherwise; long ones cut. */
function payloadText(payload: Hex): string {
  const text = latin1ToText(hexToBytes(payload));
  const shown = /^[\x20-\x7e]+$/.test(text) ? JSON.stringify(text) : payload;
  return shown.length > 2 * shownPayload
    ? `${shown.slice(0, 2 * shownPayload)}… (${text.length} bytes)`
    : shown;
}

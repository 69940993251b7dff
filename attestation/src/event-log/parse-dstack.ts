import * as z from 'zod';
import { bareHexToBytes } from '../bytes/hex.ts';
import { parseStrictJson } from '../bytes/strict-json.ts';
import { utf8ToText } from '../bytes/text.ts';
import { checkShape } from '../collateral/dcap-collateral.ts';
import { sha384 } from '../crypto/index.ts';
import { formatError } from '../errors.ts';
import { eventLogLimits, eventType, registerLength } from './layout.ts';
import type { LogEvent, ParsedEventLog } from './log-event.ts';
import { runtimeName, runtimePreimage } from './runtime-event.ts';

const dstackEventSchema = z.object({
  imr: z.literal([0, 1, 2, 3]),
  event_type: z.int().min(0).max(0xffff_ffff),
  /** Newer agents leave it out of runtime events, where it follows from the rest. */
  digest: z.string().default(''),
  event: z.string(),
  event_payload: z.string(),
  version: z.literal([1, 2]).default(1),
  preimage: z.string().optional(),
});

const dstackLogSchema = z.array(dstackEventSchema).max(eventLogLimits.maxEvents);

/** Parses the `event_log` of dstack's guest agent: a JSON array. Throws EvidenceError `format`. */
export function parseDstackLog(bytes: Uint8Array): ParsedEventLog {
  const json = parseStrictJson(utf8ToText(bytes, 'dstack event log'), 'dstack event log');
  const events = checkShape(dstackLogSchema, json, 'dstack event log').map(toEvent);
  return { format: 'dstack', events, trailingByteCount: 0 };
}

function toEvent(entry: z.infer<typeof dstackEventSchema>, index: number): LogEvent {
  const { imr, event_type, event, version, preimage } = entry;
  const payload = bareHexToBytes(entry.event_payload);
  const digest = bareHexToBytes(entry.digest);
  if (event_type !== eventType.dstackRuntime) {
    assertDigestLength(digest, index);
    const label = runtimeName(event);
    return { register: imr, eventType: event_type, digest, payload, runtime: undefined, label };
  }
  const statedPreimage = preimage === undefined ? undefined : bareHexToBytes(preimage);
  const runtime = { version, name: runtimeName(event), payload, statedPreimage };
  if (digest.length > 0) assertDigestLength(digest, index);
  return {
    register: imr,
    eventType: event_type,
    digest: digest.length > 0 ? digest : sha384(runtimePreimage(runtime)),
    payload,
    runtime,
    label: '',
  };
}

function assertDigestLength({ length }: Uint8Array, index: number): void {
  if (length === registerLength) return;
  throw formatError(`dstack event log, event ${index}, digest`, {
    expected: `${registerLength} bytes`,
    actual: `${length}`,
  });
}

import { equalBytes } from '../bytes/equal-bytes.ts';
import { bareHexToBytes, bytesToHex } from '../bytes/hex.ts';
import { parseStrictJson } from '../bytes/strict-json.ts';
import { textToUtf8, utf8ToText } from '../bytes/text.ts';
import { formatError } from '../errors.ts';
import { eventLogLimits, eventType } from './layout.ts';

/** An event that dstack's guest software extended RTMR3 with (dstack `cc-eventlog`, runtime_events.rs). */
export type RuntimeEvent = {
  /** 1: binary form. 2: canonical JSON. */
  readonly version: 1 | 2;
  readonly name: string;
  readonly payload: Uint8Array;
  /** The bytes under the digest, where the log shows them; they must be those that name and payload give. */
  readonly statedPreimage: Uint8Array | undefined;
};

/**
 * The bytes whose SHA-384 is the event's digest. Version 1: u32le(type) ‖ ":" ‖ name ‖ ":" ‖ payload. Version 2: RFC 8785
 * JSON of name, payload (hex) and type; for strings and integers JSON.stringify writes exactly that.
 */
export function runtimePreimage({ version, name, payload }: RuntimeEvent): Uint8Array {
  if (version === 2) {
    const hex = bytesToHex(payload).slice(2);
    return textToUtf8(
      `{"name":${JSON.stringify(name)},"payload":"${hex}","type":${eventType.dstackRuntime}}`,
    );
  }
  return Uint8Array.from([...versionOneStart, ...textToUtf8(name), colon, ...payload]);
}

const colon = 0x3a;
const versionOneStart = [...uint32(eventType.dstackRuntime), colon];

/** Reads the event back out of those bytes, which a CCEL carries as event data. Throws EvidenceError `format`. */
export function parseRuntimePreimage(preimage: Uint8Array): RuntimeEvent {
  const event = preimage[0] === 0x7b ? parseVersionTwo(preimage) : parseVersionOne(preimage);
  if (!equalBytes(runtimePreimage(event), preimage)) {
    throw formatError('dstack runtime event', { expected: 'the canonical form', actual: 'another spelling' });
  }
  return event;
}

function parseVersionOne(preimage: Uint8Array): RuntimeEvent {
  const start = versionOneStart.length;
  const end = preimage.indexOf(colon, start);
  if (!equalBytes(preimage.subarray(0, start), Uint8Array.from(versionOneStart)) || end < 0) {
    throw formatError('dstack runtime event', { expected: 'type, name and payload, with colons between' });
  }
  const name = runtimeName(utf8ToText(preimage.subarray(start, end), 'dstack event name'));
  return { version: 1, name, payload: preimage.subarray(end + 1), statedPreimage: preimage };
}

function parseVersionTwo(preimage: Uint8Array): RuntimeEvent {
  const parsed = parseStrictJson(utf8ToText(preimage, 'dstack runtime event'), 'dstack runtime event');
  const { name, payload } = parsed as { readonly name?: unknown; readonly payload?: unknown };
  if (typeof name !== 'string' || typeof payload !== 'string') {
    throw formatError('dstack runtime event', { expected: 'name and payload as text' });
  }
  return {
    version: 2,
    name: runtimeName(name),
    payload: bareHexToBytes(payload),
    statedPreimage: preimage,
  };
}

/** A name that every reader encodes alike: bounded, and without lone surrogates, which have no UTF-8. */
export function runtimeName(name: string): string {
  if (name.length > eventLogLimits.maxNameChars || !name.isWellFormed()) {
    throw formatError('dstack event name', {
      expected: `well-formed text of at most ${eventLogLimits.maxNameChars} characters`,
    });
  }
  return name;
}

function uint32(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
}

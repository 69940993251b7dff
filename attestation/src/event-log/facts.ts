import { equalBytes } from '../bytes/equal-bytes.ts';
import { bytesToHex, type Hex } from '../bytes/hex.ts';
import { sha384 } from '../crypto/index.ts';
import { eventTypeNames } from './layout.ts';
import type { LogEvent, Register } from './log-event.ts';
import type { RuntimeEvent } from './runtime-event.ts';

/** One entry of a log, for people and for policies on firmware events. */
export type EventFacts = {
  readonly register: Register;
  readonly eventType: number;
  readonly eventTypeName: string;
  readonly digest: Hex;
  readonly payload: Hex;
  /**
   * True if the digest covers the payload shown. Firmware often hashes something else (an image, a whole table), so
   * false is no defect; but then the payload is only what the log says.
   */
  readonly isPayloadMeasured: boolean;
  /** Of a runtime event. */
  readonly name: string | undefined;
};

export type RuntimeEventFacts = { readonly name: string; readonly payload: Hex };

export function eventFacts({ register, eventType, digest, payload, runtime }: LogEvent): EventFacts {
  return {
    register,
    eventType,
    eventTypeName: eventTypeNames.get(eventType) ?? `0x${eventType.toString(16)}`,
    digest: bytesToHex(digest),
    payload: bytesToHex(payload),
    // Of a runtime event a check of its own says so.
    isPayloadMeasured: runtime !== undefined || equalBytes(sha384(payload), digest),
    name: runtime?.name,
  };
}

export function runtimeFacts({ name, payload }: RuntimeEvent): RuntimeEventFacts {
  return { name, payload: bytesToHex(payload) };
}

import { equalBytes } from '../bytes/equal-bytes.ts';
import { bytesToHex, type Hex } from '../bytes/hex.ts';
import { sha384 } from '../crypto/index.ts';
import { EvidenceError } from '../errors.ts';
import { eventType, registerLength } from './layout.ts';
import type { LogEvent } from './log-event.ts';
import { runtimePreimage } from './runtime-event.ts';

export type Rtmrs = readonly [rtmr0: Hex, rtmr1: Hex, rtmr2: Hex, rtmr3: Hex];

/** RTMR0–3 as the log's digests give them: each a fold of SHA-384(previous ‖ digest) from zero. */
export function replayRtmrs(events: readonly LogEvent[]): Rtmrs {
  return [replay(events, 0), replay(events, 1), replay(events, 2), replay(events, 3)];
}

function replay(events: readonly LogEvent[], register: 0 | 1 | 2 | 3): Hex {
  const extending = events.filter((event) => event.register === register);
  const measured = extending.filter((event) => event.eventType !== eventType.noAction);
  const folded = measured.reduce(
    (value: Uint8Array, { digest }) => sha384(value, digest),
    new Uint8Array(registerLength),
  );
  return bytesToHex(folded);
}

/**
 * Recomputes the digest of every runtime event from its own name and payload: without this a log could say anything
 * about an event whose digest is genuine. Throws EvidenceError `binding`.
 */
export function assertRuntimeDigests(events: readonly LogEvent[]): void {
  for (const [index, event] of events.entries()) assertRuntimeDigest(event, `event ${index}`);
}

function assertRuntimeDigest({ register, label, runtime, digest }: LogEvent, position: string): void {
  if (runtime === undefined) {
    // Firmware events may carry labels, which nobody reads; in RTMR3 a reader might take one for a runtime event.
    if (register === 3 && label !== '') {
      throw new EvidenceError('binding', `${position}, name "${label}"`, {
        expected: 'a runtime event, whose digest binds its name',
      });
    }
    return;
  }
  const thing = `${position} "${runtime.name}"`;
  const preimage = runtimePreimage(runtime);
  if (runtime.statedPreimage !== undefined && !equalBytes(runtime.statedPreimage, preimage)) {
    throw new EvidenceError('binding', `${thing}, preimage`, { expected: 'that of its name and payload' });
  }
  const computed = sha384(preimage);
  if (!equalBytes(digest, computed)) {
    throw new EvidenceError('binding', `${thing}, digest`, {
      expected: `${bytesToHex(computed)} by its name and payload`,
      actual: bytesToHex(digest),
    });
  }
}

import { bytesToHex, type Hex } from '../bytes/hex.ts';
import { type Check, CheckLog, firstReason } from '../check-log.ts';
import { sha256 } from '../crypto/index.ts';
import { EvidenceError, type EvidenceReason } from '../errors.ts';
import { type EventLogCheckId, eventLogCheckReasons } from './check-ids.ts';
import { type EventFacts, eventFacts, type RuntimeEventFacts, runtimeFacts } from './facts.ts';
import type { ParsedEventLog } from './log-event.ts';
import { parseEventLog } from './parse.ts';
import { assertSecurityEvents, splitRuntimeEvents } from './platform-events.ts';
import { assertRuntimeDigests, type Rtmrs, replayRtmrs } from './replay.ts';

export type EventLogEvidence = {
  /** CCEL table data, or dstack's JSON. */
  readonly eventLog: Uint8Array;
  /** Of a quote that verified: what the log is held against. A log alone proves nothing. */
  readonly rtmrs: Rtmrs;
  /** dstack's app-compose.json, byte for byte, where the caller has it. */
  readonly appCompose: Uint8Array | undefined;
};

/** What a log says, and whether every register agrees with the quote. JSON-ready. */
export type EventLogVerification = {
  /** Every check passed, or was left out by name. Policy has not been asked yet. */
  readonly ok: boolean;
  readonly checks: readonly Check<EventLogCheckId>[];
  readonly reason: EvidenceReason | undefined;
  /** What the bytes say, also when no register vouches for them: look at `ok` first. */
  readonly log: EventLogFacts | undefined;
};

export type EventLogFacts = {
  readonly format: 'ccel' | 'dstack';
  readonly events: readonly EventFacts[];
  /** What the log's digests fold to, whatever the quote says. */
  readonly replayedRtmrs: Rtmrs;
  readonly rtmrMatch: readonly boolean[];
  /** The runtime events of RTMR3 up to dstack's `system-ready`; all of them where that mark is missing. */
  readonly platformEvents: readonly RuntimeEventFacts[];
  /** Those behind the mark, which the application wrote. */
  readonly applicationEvents: readonly RuntimeEventFacts[];
  readonly systemReady: boolean;
  /** Payload of the platform's `compose-hash`. */
  readonly composeHash: Hex | undefined;
  readonly appComposeSha256: Hex | undefined;
  readonly trailingByteCount: number;
};

/** Verifies an event log against the RTMRs of a verified quote. Total: a bad log is a verdict, never an exception. */
export function verifyEventLog({ eventLog, rtmrs, appCompose }: EventLogEvidence): EventLogVerification {
  const log = new CheckLog<EventLogCheckId>(eventLogCheckReasons);
  const parsed = log.run('event-log.format', [], () => parseEventLog(eventLog));
  log.assert('event-log.runtime-digests', [parsed], ({ events }) => assertRuntimeDigests(events));
  log.assert('event-log.security-events', [parsed], ({ events }) =>
    assertSecurityEvents(splitRuntimeEvents(events)),
  );
  const facts = parsed.value && factsOf(parsed.value, rtmrs, appCompose);
  for (const [index, id] of rtmrChecks.entries()) {
    log.assert(id, [parsed], () => {
      assertSame(`${id}, replayed`, `${rtmrs[index]} as quoted`, facts?.replayedRtmrs[index], rtmrs[index]);
    });
  }
  if (appCompose === undefined) log.ignore('event-log.app-compose', 'no app-compose document given');
  else log.assert('event-log.app-compose', [parsed], () => assertAppCompose(facts));
  const reason = firstReason(log.checks);
  return { ok: reason === undefined, checks: log.checks, reason, log: facts };
}

const rtmrChecks = ['event-log.rtmr0', 'event-log.rtmr1', 'event-log.rtmr2', 'event-log.rtmr3'] as const;

function assertSame(thing: string, expected: string, actual: Hex | undefined, wanted: Hex | undefined): void {
  if (actual !== wanted) throw new EvidenceError('binding', thing, { expected, actual: `${actual}` });
}

function factsOf(
  { format, events, trailingByteCount }: ParsedEventLog,
  rtmrs: Rtmrs,
  appCompose: Uint8Array | undefined,
): EventLogFacts {
  const { platform, application, isSystemReady } = splitRuntimeEvents(events);
  const replayedRtmrs = replayRtmrs(events);
  // The first is the only one, or else event-log.security-events has failed.
  const composeEvent = platform.find(({ name }) => name === 'compose-hash');
  return {
    format,
    events: events.map(eventFacts),
    replayedRtmrs,
    rtmrMatch: replayedRtmrs.map((rtmr, index) => rtmr === rtmrs[index]),
    platformEvents: platform.map(runtimeFacts),
    applicationEvents: application.map(runtimeFacts),
    systemReady: isSystemReady,
    composeHash: composeEvent && bytesToHex(composeEvent.payload),
    appComposeSha256: appCompose && bytesToHex(sha256(appCompose)),
    trailingByteCount,
  };
}

function assertAppCompose(facts: EventLogFacts | undefined): void {
  const expected = `${facts?.composeHash} by the compose-hash event`;
  assertSame('app-compose document, SHA-256', expected, facts?.appComposeSha256, facts?.composeHash);
}

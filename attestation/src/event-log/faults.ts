import type { Hex } from '../bytes/hex.ts';
import {
  type CcelEvent,
  type CcelHeader,
  ccelEvent,
  sha384Only,
} from '../simulated/event-log/ccel-writer.ts';
import { type DstackEntry, runtimeEntry, writeDstackLog } from '../simulated/event-log/dstack-writer.ts';
import {
  ccelEvidence,
  dstackEvidence,
  sampleCcelEvents,
  sampleEntries,
} from '../simulated/event-log/sample-log.ts';
import type { EventLogCheckId } from './check-ids.ts';
import type { EventLogEvidence } from './verify.ts';

/** One defect, and the check that alone sees it; of a log that cannot be read, the first. */
export type Fault = readonly [id: EventLogCheckId, fault: string, evidence: () => EventLogEvidence];

export const ccelFormatFaults: readonly Fault[] = [
  ['event-log.format', 'the log is empty', () => raw(new Uint8Array())],
  ['event-log.format', 'the log is larger than any', () => raw(new Uint8Array(1024 * 1024 + 1))],
  ['event-log.format', 'the CCEL is cut inside an event', () => cutCcel(100)],
  ['event-log.format', 'the CCEL is cut inside its header', () => cutCcel(20)],
  ['event-log.format', 'the first event is no header', () => header({ eventType: 4 })],
  ['event-log.format', 'the header has another signature', () => header({ signature: 'Spec ID Event02\0' })],
  ['event-log.format', 'the header is of another version', () => header({ majorVersion: 1 })],
  ['event-log.format', 'the header has bytes behind its end', () => header({ trailing: [0] })],
  ['event-log.format', 'the header counts 2³² − 1 algorithms', () => header({ algorithmCount: 0xffff_ffff })],
  ['event-log.format', 'SHA-384 is declared with 20 bytes', () => header({ algorithms: [[0x0c, 20]] })],
  [
    'event-log.format',
    'an algorithm is declared twice',
    () =>
      header({
        algorithms: [
          [0x0c, 48],
          [0x0c, 48],
        ],
        algorithmCount: 2,
      }),
  ],
  ['event-log.format', 'an event names register 5', () => event({ register: 5 })],
  ['event-log.format', 'an event counts 2³² − 1 digests', () => event({ digestCount: 0xffff_ffff })],
  ['event-log.format', 'an event has no digest', () => event({ digests: [] })],
  [
    'event-log.format',
    'a digest is of an undeclared algorithm',
    () => event({ digests: [[0x0b, zeros(32)]] }),
  ],
  ['event-log.format', 'an event claims 4 GiB of data', () => event({ dataLength: 0xffff_ffff })],
  ['event-log.format', 'there are more events than any boot has', () => ccelEvidence(endless(4097))],
  ['event-log.format', 'a runtime event has no name', () => runtimeData('nothing')],
  [
    'event-log.format',
    'a runtime event is JSON in another spelling',
    () => runtimeData('{"payload":"00","name":"x","type":134217729}'),
  ],
  ['event-log.format', 'a runtime event is JSON without a payload', () => runtimeData('{"name":"x"}')],
];

export const dstackFormatFaults: readonly Fault[] = [
  ['event-log.format', 'the log is no JSON', () => raw(bytes('[{'))],
  ['event-log.format', 'the log is no UTF-8', () => raw(Uint8Array.of(0x5b, 0x22, 0xff, 0x22, 0x5d))],
  ['event-log.format', 'a key occurs twice', () => raw(bytes('[{"imr":0,"imr":3}]'))],
  ['event-log.format', 'an entry names register 4', () => entry(0, { imr: 4 })],
  ['event-log.format', 'a digest is cut', () => entry(0, { digest: 'ab' })],
  ['event-log.format', 'the digest of a firmware event is left out', () => entry(0, { digest: '' })],
  ['event-log.format', 'the digest of a runtime event is cut', () => entry(5, { digest: 'ab' })],
  ['event-log.format', 'a payload is no hex', () => entry(5, { event_payload: '0x00' })],
  ['event-log.format', 'an entry is of a version nobody knows', () => entry(5, { version: 3 })],
  ['event-log.format', 'a name has a lone surrogate', () => entry(5, { event: '\ud800' })],
  ['event-log.format', 'a name is endless', () => entry(5, { event: 'x'.repeat(257) })],
  ['event-log.format', 'there are more entries than any boot has', () => repeated(4097)],
];

export const bindingFaults: readonly Fault[] = [
  ['event-log.runtime-digests', 'a payload was replaced', () => entry(7, { event_payload: '08'.repeat(20) })],
  ['event-log.runtime-digests', 'a name was replaced', () => entry(9, { event: 'other' })],
  ['event-log.runtime-digests', 'the form of the digest was replaced', () => entry(7, { version: 2 })],
  ['event-log.runtime-digests', 'the preimage shown is another', () => entry(6, { preimage: '7b7d' })],
  [
    'event-log.runtime-digests',
    'an event of RTMR3 that is no runtime event has a name',
    () =>
      dstackEvidence([...sampleEntries, { ...runtimeEntry('gpu-policy-hash', zeros(32)), event_type: 6 }]),
  ],
  [
    'event-log.runtime-digests',
    'the digest in a CCEL does not cover its event',
    () =>
      ccelEvidence(
        sampleCcelEvents.map((one) => (one.register === 4 ? { ...one, digests: [[0x0c, zeros(48)]] } : one)),
      ),
  ],
  [
    'event-log.security-events',
    'there are two app ids',
    () => dstackEvidence(inserted(6, runtimeEntry('app-id', zeros(20)))),
  ],
  [
    'event-log.security-events',
    'the application adds a second compose hash',
    () => dstackEvidence([...sampleEntries, runtimeEntry('compose-hash', zeros(32))]),
  ],
  [
    'event-log.security-events',
    'the name of a platform event could be cut elsewhere',
    () => dstackEvidence(inserted(6, runtimeEntry('gpu:policy', zeros(32)))),
  ],
  ['event-log.rtmr0', 'an event of RTMR0 is left out', () => leftOut(0)],
  ['event-log.rtmr1', 'an event of RTMR1 is left out', () => leftOut(2)],
  ['event-log.rtmr2', 'an event of RTMR2 is left out', () => leftOut(3)],
  ['event-log.rtmr3', 'an event of RTMR3 is left out', () => leftOut(4)],
  ['event-log.rtmr3', 'two events of RTMR3 changed places', () => log(swapped(4, 5))],
  ['event-log.rtmr1', 'a digest of RTMR1 was replaced', () => entry(2, { digest: '00'.repeat(48) })],
  ['event-log.rtmr0', 'the quote is of another boot', () => otherBoot()],
  [
    'event-log.app-compose',
    'the document is another',
    () => ({ ...dstackEvidence(sampleEntries), appCompose: bytes('{}') }),
  ],
  [
    'event-log.app-compose',
    'the log has no compose hash for the document',
    () => dstackEvidence(sampleEntries.filter(({ event: name }) => name !== 'compose-hash')),
  ],
];

/** The registers of the genuine log, and another text. */
function log(entries: readonly object[]): EventLogEvidence {
  return { ...dstackEvidence(sampleEntries), eventLog: writeDstackLog(entries) };
}

function raw(eventLog: Uint8Array): EventLogEvidence {
  return { ...dstackEvidence(sampleEntries), eventLog };
}

function entry(at: number, change: Partial<DstackEntry>): EventLogEvidence {
  return log(sampleEntries.map((one, index) => (index === at ? { ...one, ...change } : one)));
}

function leftOut(at: number): EventLogEvidence {
  return log(sampleEntries.filter((_, index) => index !== at));
}

function inserted(at: number, entryToAdd: DstackEntry): DstackEntry[] {
  return [...sampleEntries.slice(0, at), entryToAdd, ...sampleEntries.slice(at)];
}

function swapped(a: number, b: number): DstackEntry[] {
  const other = new Map([
    [a, sampleEntries[b]],
    [b, sampleEntries[a]],
  ]);
  return sampleEntries.map((one, index) => other.get(index) ?? one);
}

function repeated(count: number): EventLogEvidence {
  return log(Array.from({ length: count }, () => sampleEntries[0] ?? {}));
}

function otherBoot(): EventLogEvidence {
  const evidence = dstackEvidence(sampleEntries);
  const [, ...rest] = evidence.rtmrs;
  const other: Hex = `0x${'00'.repeat(48)}`;
  return { ...evidence, rtmrs: [other, ...rest] };
}

function header(change: Partial<CcelHeader>): EventLogEvidence {
  return ccelEvidence(sampleCcelEvents, { ...sha384Only, ...change });
}

function event(change: Partial<CcelEvent>): EventLogEvidence {
  return {
    ...ccelEvidence(),
    eventLog: ccelEvidence([{ ...ccelEvent(1, 1, zeros(4)), ...change }]).eventLog,
  };
}

function runtimeData(data: string): EventLogEvidence {
  return event(ccelEvent(4, 0x0800_0001, bytes(data)));
}

function cutCcel(length: number): EventLogEvidence {
  const evidence = ccelEvidence();
  return { ...evidence, eventLog: evidence.eventLog.slice(0, length) };
}

function endless(count: number): CcelEvent[] {
  return Array.from({ length: count }, () => ccelEvent(1, 1, zeros(0)));
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function zeros(length: number): Uint8Array {
  return new Uint8Array(length);
}

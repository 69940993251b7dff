import { expect, test } from '@jest/globals';
import { ccelEvent } from '../simulated/event-log/ccel-writer.ts';
import { firmwareEntry, runtimeEntry } from '../simulated/event-log/dstack-writer.ts';
import {
  ccelEvidence,
  dstackEvidence,
  sampleCcelEvents,
  sampleEntries,
} from '../simulated/event-log/sample-log.ts';
import { eventLogCheckReasons } from './check-ids.ts';
import { bindingFaults, ccelFormatFaults, dstackFormatFaults } from './faults.ts';
import { type EventLogVerification, verifyEventLog } from './verify.ts';

const ids = Object.keys(eventLogCheckReasons);

const failed = ({ checks }: EventLogVerification): string[] =>
  checks.filter(({ result }) => result === 'fail').map(({ id }) => id);

test('a dstack log whose events all replay passes every check', () => {
  const verification = verifyEventLog(dstackEvidence(sampleEntries));
  expect(failed(verification)).toEqual([]);
  expect(verification.checks.map(({ id }) => id)).toEqual(ids);
  expect(verification).toMatchObject({ ok: true, reason: undefined });
  expect(verification.log).toMatchObject({
    format: 'dstack',
    rtmrMatch: [true, true, true, true],
    systemReady: true,
    trailingByteCount: 0,
  });
  expect(verification.log?.composeHash).toBe(verification.log?.appComposeSha256);
});

test('a CCEL whose events all replay passes every check', () => {
  const { ok, log } = verifyEventLog(ccelEvidence());
  expect({ ok, format: log?.format, trailing: log?.trailingByteCount }).toEqual({
    ok: true,
    format: 'ccel',
    trailing: 64,
  });
  expect(log?.platformEvents.map(({ name }) => name)).toEqual(['compose-hash']);
  expect(log?.events.map(({ register }) => register)).toEqual([0, 'mrtd', 0, 1, 2, 3]);
});

test.each([...ccelFormatFaults, ...dstackFormatFaults])('%s fails when %s', (id, _fault, evidence) => {
  const verification = verifyEventLog(evidence());
  expect(verification.checks.find(({ result }) => result === 'fail')).toMatchObject({ id });
  expect(verification).toMatchObject({ ok: false, reason: 'format', log: undefined });
  expect(verification.checks.map((check) => check.id)).toEqual(ids);
});

test.each(bindingFaults)('%s alone fails when %s', (id, _fault, evidence) => {
  const verification = verifyEventLog(evidence());
  expect(failed(verification)).toEqual([id]);
  expect(verification).toMatchObject({ ok: false, reason: eventLogCheckReasons[id] });
});

test('every check has a fault that it sees', () => {
  const seen = [...ccelFormatFaults, ...dstackFormatFaults, ...bindingFaults].map(([id]) => id);
  expect(new Set(seen)).toEqual(new Set(ids));
});

test('without the app-compose document its check is ignored by name', () => {
  const verification = verifyEventLog({ ...dstackEvidence(sampleEntries), appCompose: undefined });
  expect(verification.ok).toBe(true);
  expect(verification.checks.at(-1)).toMatchObject({ id: 'event-log.app-compose', result: 'ignored' });
});

test('a log that leaves out the digests of runtime events gets them from name and payload', () => {
  const evidence = dstackEvidence(sampleEntries);
  const bare = sampleEntries.map(({ digest, ...rest }) => (rest.imr === 3 ? rest : { digest, ...rest }));
  const eventLog = new TextEncoder().encode(` ${JSON.stringify(bare)}`);
  expect(verifyEventLog({ ...evidence, eventLog })).toMatchObject({ ok: true });
});

test('names beyond ASCII and with quotes hash as RFC 8785 writes them', () => {
  const entries = [runtimeEntry('测试-🦀 "\\\n\u0001', Uint8Array.of(0xab), 2)];
  expect(verifyEventLog({ ...dstackEvidence(entries), appCompose: undefined })).toMatchObject({ ok: true });
});

test('firmware events may carry labels, and nobody reads them', () => {
  const labelled = { ...firmwareEntry(0, 0xa, 'tables'), event: 'compose-hash' };
  const { ok, log } = verifyEventLog(dstackEvidence([labelled, ...sampleEntries]));
  expect(ok).toBe(true);
  expect(log?.platformEvents.filter(({ name }) => name === 'compose-hash')).toHaveLength(1);
});

test('a runtime event of the canonical form is read out of a CCEL too', () => {
  const preimage = new TextEncoder().encode('{"name":"app-id","payload":"0a","type":134217729}');
  const { ok, log } = verifyEventLog(
    ccelEvidence([...sampleCcelEvents, ccelEvent(4, 0x0800_0001, preimage)]),
  );
  expect(ok).toBe(true);
  expect(log?.platformEvents.at(-1)).toEqual({ name: 'app-id', payload: '0x0a' });
});

test.each([
  ['the very end', new Uint8Array()],
  ['zeroed space', new Uint8Array(32)],
  ['a few erased bytes', new Uint8Array(5).fill(0xff)],
])('a CCEL may end with %s', (_name, padding) => {
  const { ok, log } = verifyEventLog(ccelEvidence(sampleCcelEvents, undefined, padding));
  expect({ ok, trailing: log?.trailingByteCount }).toEqual({ ok: true, trailing: padding.length });
});

test('a few stray bytes behind the last event are no unused space', () => {
  const evidence = ccelEvidence(sampleCcelEvents, undefined, Uint8Array.of(0xff, 0));
  expect(failed(verifyEventLog(evidence))).toEqual(ids);
});

test('a log with several algorithms is replayed over SHA-384', () => {
  const header = {
    eventType: 3,
    signature: 'Spec ID Event03\0',
    majorVersion: 2,
    algorithms: [
      [0x0c, 48],
      [0x0b, 32],
      [0x7777, 8],
    ] as const,
    algorithmCount: 3,
    trailing: [],
  };
  const events = sampleCcelEvents.map((event) => ({
    ...event,
    digests: [...event.digests, [0x0b, new Uint8Array(32)], [0x7777, new Uint8Array(8)]] as const,
  }));
  expect(verifyEventLog(ccelEvidence(events, header))).toMatchObject({ ok: true });
});

test('facts say which payloads their digests cover', () => {
  const { log } = verifyEventLog(ccelEvidence([ccelEvent(1, 4, new Uint8Array(4))], undefined));
  expect(log?.events[0]).toMatchObject({ eventTypeName: 'EV_SEPARATOR', isPayloadMeasured: true });
  const opaque = verifyEventLog(dstackEvidence(sampleEntries)).log?.events[0];
  expect(opaque).toMatchObject({ eventTypeName: 'EV_EFI_HANDOFF_TABLES2', isPayloadMeasured: false });
  const strange = verifyEventLog(ccelEvidence([ccelEvent(1, 0xabc, new Uint8Array(4))])).log?.events[0];
  expect(strange?.eventTypeName).toBe('0xabc');
});

test('a verification is plain JSON', () => {
  const verification = verifyEventLog(dstackEvidence(sampleEntries));
  expect(JSON.parse(JSON.stringify(verification))).toEqual(JSON.parse(JSON.stringify({ ...verification })));
  expect(JSON.stringify(verification)).not.toContain('"0":');
});

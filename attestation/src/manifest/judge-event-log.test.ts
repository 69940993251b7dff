import { expect, test } from '@jest/globals';
import type { EventLogEvidence } from '../event-log/verify.ts';
import { dstackEvidence, sampleAppCompose, sampleEntries } from '../simulated/event-log/sample-log.ts';
import { sampleEvidence } from '../simulated/sample-evidence.ts';
import { type ManifestEntry, manifestEntrySchema } from './entry.ts';
import { judgeEventLogEntry } from './judge-event-log.ts';

const evidence = dstackEvidence(sampleEntries);

const entry: ManifestEntry = manifestEntrySchema.parse({
  id: 'sample',
  kind: 'tdx-eventlog',
  files: { quote: 'q', eventLog: 'l', appCompose: 'c' },
  at: 0,
  expect: { verdict: 'valid' },
});

function reader({ eventLog, rtmrs }: EventLogEvidence, quote?: Uint8Array) {
  const files = new Map([
    ['quote', quote ?? sampleEvidence({}, { rtmrs }).quote],
    ['eventLog', eventLog],
    ['appCompose', sampleAppCompose],
  ]);
  return (field: string) => files.get(field) ?? new Uint8Array();
}

test('an entry is judged on log, quote and document', () => {
  expect(judgeEventLogEntry(entry, reader(evidence))).toMatchObject({
    verdict: 'valid',
    fields: {
      rtmrMatch: [true, true, true, true],
      composeHashMatches: true,
      systemReady: true,
      instanceId: '07'.repeat(20),
    },
  });
});

test('without the document nothing is said about it', () => {
  const { appCompose: _, ...files } = entry.files;
  const { verdict, fields } = judgeEventLogEntry({ ...entry, files }, reader(evidence));
  expect(verdict).toBe('valid');
  expect(fields).not.toHaveProperty('composeHashMatches');
});

test('a quote of another boot, a broken quote and a broken log are verdicts', () => {
  const other = sampleEvidence().quote;
  expect(judgeEventLogEntry(entry, reader(evidence, other))).toMatchObject({
    verdict: 'invalid',
    reason: 'binding',
  });
  const cut = other.slice(0, 100);
  expect(judgeEventLogEntry(entry, reader(evidence, cut))).toMatchObject({
    verdict: 'invalid',
    reason: 'format',
  });
  const broken = { ...evidence, eventLog: Uint8Array.of(0x5b) };
  expect(judgeEventLogEntry(entry, reader(broken))).toMatchObject({
    verdict: 'invalid',
    reason: 'format',
    fields: {},
  });
});

test('a policy that nobody here understands is refused loudly', () => {
  const asking = { ...entry, policy: { allowRtmr3: [] } };
  expect(() => judgeEventLogEntry(asking, reader(evidence))).toThrow('entry sample, policy');
});

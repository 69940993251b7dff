import { expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  differences,
  type EntryVerdict,
  manifestEntrySchema,
  parseManifest,
  readEntryPolicy,
} from './entry.ts';

const entry = manifestEntrySchema.parse({
  id: 'one',
  kind: 'tdx-quote-v4',
  files: { quote: 'files/a.bin' },
  at: 1_700_000_000,
  expect: {
    verdict: 'invalid',
    reason: 'tcb',
    reasonAlso: ['collateral'],
    tcbStatus: 'OutOfDate',
    advisoryIds: ['INTEL-SA-2', 'INTEL-SA-1'],
    fields: { version: 4, rtmrMatch: [true, false], tcb: { snp: 24 } },
  },
});

const matching: EntryVerdict = {
  verdict: 'invalid',
  reason: 'collateral',
  tcbStatus: 'OutOfDate',
  advisoryIds: ['INTEL-SA-1', 'INTEL-SA-2'],
  fields: { version: 4, rtmrMatch: [true, false], tcb: { snp: 24, tee: 0 }, more: 'than asked' },
  checks: [],
};

test('a verdict that agrees with everything an entry names shows no difference', () => {
  expect(differences(entry, matching)).toEqual([]);
});

test.each<[string, Partial<EntryVerdict>]>([
  ['verdict', { verdict: 'valid' }],
  ['reason', { reason: 'chain' }],
  ['tcbStatus', { tcbStatus: 'UpToDate' }],
  ['advisoryIds', { advisoryIds: ['INTEL-SA-1'] }],
  ['fields.version', { fields: { ...matching.fields, version: '4' } }],
  ['fields.rtmrMatch', { fields: { ...matching.fields, rtmrMatch: [true, false, true] } }],
  ['fields.tcb', { fields: { ...matching.fields, tcb: undefined } }],
  ['fields.tcb', { fields: { ...matching.fields, tcb: [24] } }],
])('a departure in %s is named', (what, departure) => {
  expect(differences(entry, { ...matching, ...departure }).map((one) => one.what)).toEqual([what]);
});

test('what an entry does not name is not compared', () => {
  const terse = manifestEntrySchema.parse({ ...entry, expect: { verdict: 'invalid' } });
  expect(differences(terse, matching)).toEqual([]);
});

test('a policy key that a format does not know is refused by name', () => {
  const known = z.strictObject({ maxVmpl: z.int().optional() });
  expect(readEntryPolicy(known, { ...entry, policy: { maxVmpl: 1 } })).toEqual({ maxVmpl: 1 });
  expect(() => readEntryPolicy(known, { ...entry, policy: { maxVmpI: 1 } })).toThrow('entry one, policy');
});

test('a manifest is a list of entries, and duplicate keys are refused', () => {
  expect(parseManifest(JSON.stringify([entry]))).toEqual([entry]);
  expect(() => parseManifest(JSON.stringify({ entries: [] }))).toThrow('manifest');
  expect(() => parseManifest('[{"id":"a","id":"b"}]')).toThrow('duplicate keys');
});

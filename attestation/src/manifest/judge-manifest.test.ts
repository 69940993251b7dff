import { expect, test } from '@jest/globals';
import {
  sampleMachine,
  sampleSnpEvidence,
  snpSampleAtUnixSec,
} from '../simulated/sev-snp/sample-evidence.ts';
import { manifestKinds } from './judge-entry.ts';
import { judgeManifest } from './judge-manifest.ts';

const machine = sampleMachine();
const contents: Readonly<Record<string, Uint8Array>> = {
  'files/report.bin': sampleSnpEvidence().report,
  'files/leaf.der': machine.leafDer,
  'files/chain.pem': new TextEncoder().encode(machine.issuersPem),
  'files/root.der': machine.rootDer,
};

function readFile(path: string): Uint8Array {
  const found = contents[path];
  if (found === undefined) throw new Error(`ENOENT ${path}`);
  return found;
}

const good = {
  id: 'good',
  kind: 'sev-snp-report',
  files: {
    report: 'files/report.bin',
    leaf: 'files/leaf.der',
    chain: 'files/chain.pem',
    root: 'files/root.der',
  },
  at: snpSampleAtUnixSec,
  expect: { verdict: 'valid', fields: { product: 'Genoa' } },
};

const judge = (...entries: unknown[]) => judgeManifest(JSON.stringify(entries), readFile);

test('entries whose verdicts agree are counted as matched', () => {
  const report = judge(good, { ...good, id: 'late', at: 0, expect: { verdict: 'invalid' } });
  expect(report).toMatchObject({ total: 2, matched: 2 });
  expect(report.results.flatMap(({ differences, notes }) => [...differences, ...notes])).toEqual([]);
});

test('another verdict differs; another first reason or field is a note', () => {
  const [other, reason, field] = judge(
    { ...good, id: 'a', expect: { verdict: 'invalid' } },
    { ...good, id: 'b', at: 0, expect: { verdict: 'invalid', reason: 'tcb' } },
    { ...good, id: 'c', expect: { verdict: 'valid', fields: { product: 'Milan' } } },
  ).results;
  expect(other).toMatchObject({ matched: false, differences: [{ what: 'verdict', actual: 'valid' }] });
  expect(reason).toMatchObject({ matched: true, notes: [{ what: 'reason', expected: 'tcb' }] });
  expect(field).toMatchObject({ matched: true, notes: [{ what: 'fields.product', actual: 'Genoa' }] });
});

test.each<[string, unknown, string]>([
  ['of an unknown kind', { ...good, kind: 'sgx-quote-v9' }, 'sgx-quote-v9'],
  ['without a moment', { ...good, at: undefined }, 'at'],
  ['that is no object', 7, 'expected object'],
  ['whose policy nobody understands', { ...good, policy: { allowDebug: true } }, 'policy'],
  [
    'with a file that is not there',
    { ...good, files: { ...good.files, leaf: 'gone' } },
    'file leaf: ENOENT gone',
  ],
  ['that lacks a file', { ...good, files: { report: 'files/report.bin' } }, 'a file leaf'],
])('an entry %s differs, says why, and stops no other', (_, entry, why) => {
  const report = judge(entry, { ...good, id: 'next' });
  expect(report).toMatchObject({ total: 2, matched: 1 });
  expect(report.results[0]?.error).toContain(why);
});

test('two entries of one id cannot be told apart in a report, so both differ', () => {
  expect(judge(good, good)).toMatchObject({ total: 2, matched: 0 });
});

test('what is no list is refused as a whole', () => {
  expect(() => judgeManifest('{"entries": []}', readFile)).toThrow('manifest');
});

test('every kind of the vectors has a judge', () => {
  expect(manifestKinds).toEqual(
    expect.arrayContaining(['tdx-quote-v5', 'sgx-quote-v3', 'nvidia-switch-evidence', 'nvidia-eat']),
  );
});

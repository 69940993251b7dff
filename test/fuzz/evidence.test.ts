import { expect, test } from '@jest/globals';
import { fuzzEvidence } from './evidence/fuzz.ts';
import type { Files, Outcome, Part } from './evidence/target.ts';
import { xmlMeaning } from './evidence/xml-meaning.ts';
import { mutateDer, readDer, writeDer } from './mutations/der.ts';
import { Random } from './random.ts';

const seed = 20_261_121;
const maxHeapGrowthBytes = 64 * 1024 * 1024;

test('10,000 mutants of every kind of evidence: no crash, no hang, no forgery, no growth', () => {
  process.stdout.write(`fuzz evidence: seed ${seed}\n`);
  const report = fuzzEvidence({ seed, from: 0, runs: 10_000, tell: () => {} });
  expect(report.findings).toEqual([]);
  expect(report.heapGrowthBytes).toBeLessThan(maxHeapGrowthBytes);
  const tallies = Object.values(report.byTarget);
  expect(tallies).toHaveLength(10);
  // Mutants that were all refused at the first byte would have tried nothing.
  for (const { cases, refused } of tallies) {
    expect(cases).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(50);
  }
  expect(tallies.filter(({ accepted }) => accepted > 0).length).toBeGreaterThan(5);
}, 240_000);

test.each<[string, string, (files: Files) => Outcome]>([
  ['accepts everything', 'forgery', (files) => ({ result: 'accepted', signed: Object.values(files).join() })],
  [
    'crashes on what it did not expect',
    'crash',
    (files) => {
      if (files['report']?.[0] !== 2) throw new RangeError('offset out of bounds');
      return { result: 'accepted', signed: 'the same' };
    },
  ],
])('a verifier that %s is found out', (_, problem, run) => {
  const parts: Part[] = [{ name: 'report', form: 'binary', bytes: Uint8Array.of(2, 3, 4, 5, 6, 7, 8, 9) }];
  const evidence = [{ target: 'sev-snp-report', name: 'broken', parts, run }];
  const { findings } = fuzzEvidence({ seed, from: 0, runs: 500, tell: () => {}, evidence });
  expect(findings.length).toBeGreaterThan(0);
  expect(new Set(findings.map((finding) => finding.problem))).toEqual(new Set([problem]));
});

test('equal seeds give equal cases, also one by one', () => {
  const draw = (index: number) =>
    Array.from(
      { length: 8 },
      (
        (random) => () =>
          random.uint32()
      )(new Random(7, index)),
    );
  expect(draw(3)).toEqual(draw(3));
  expect(draw(3)).not.toEqual(draw(4));
});

test('DER is taken apart and put together to the byte', () => {
  const der = Uint8Array.of(0x30, 0x0a, 0x02, 0x01, 0x05, 0x30, 0x05, 0x0c, 0x03, 0x61, 0x62, 0x63);
  expect(writeDer(readDer(der) ?? [])).toEqual(der);
  const mutants = Array.from({ length: 200 }, (_, index) => mutateDer(der, new Random(1, index), [der]));
  expect(new Set(mutants.map((mutant) => Buffer.from(mutant).toString('hex'))).size).toBeGreaterThan(50);
});

test('the meaning of XML does not depend on its spelling, and depends on everything else', () => {
  const meaning = xmlMeaning('<a x="1" y="2"><b/></a>');
  expect(xmlMeaning("<?xml version='1.0'?>\n<a  y='2'\n x='&#49;'><b></b></a >\n")).toBe(meaning);
  for (const other of ['<a x="1" y="3"><b/></a>', '<a x="1"><b/></a>', '<a x="1" y="2"> <b/></a>']) {
    expect(xmlMeaning(other)).not.toBe(meaning);
  }
  const signed =
    '<a><Signature><SignedInfo><DigestValue>A A</DigestValue></SignedInfo><V>1</V></Signature></a>';
  expect(xmlMeaning(signed)).toBe(xmlMeaning(signed.replace('<V>1</V>', '').replace('A A', 'AA')));
  expect(xmlMeaning(signed)).not.toBe(xmlMeaning(signed.replace('A A', 'AB')));
});

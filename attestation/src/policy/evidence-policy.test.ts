import { expect, test } from '@jest/globals';
import { compare, compareAll, compareComponents } from './compare.ts';
import { parseEvidencePolicy, strictEvidencePolicy } from './evidence-policy.ts';
import { strictSgxPolicy } from './sgx-policy.ts';
import { strictTdxPolicy } from './tdx-policy.ts';

const tdx = strictTdxPolicy([`0x${'ab'.repeat(32)}`]);
const sgx = strictSgxPolicy([
  { mrEnclave: `0x${'ab'.repeat(32)}` },
  { mrSigner: `0x${'cd'.repeat(32)}`, isvProdId: 1, minIsvSvn: 3 },
]);
const strict = strictEvidencePolicy({ tdx, sgx });

test('a policy survives JSON', () => {
  expect(parseEvidencePolicy(JSON.parse(JSON.stringify(strict)))).toEqual(strict);
});

test.each(Object.keys(strict))('a policy without %s is refused', (field) => {
  const { [field as keyof typeof strict]: _, ...rest } = strict;
  expect(() => parseEvidencePolicy(rest)).toThrow(field);
});

test.each([
  ...Object.keys(tdx).map((field) => ['tdx', field] as const),
  ...Object.keys(sgx).map((field) => ['sgx', field] as const),
])('a policy without %s %s is refused', (section, field) => {
  const { [field]: _, ...rest } = strict[section] as Record<string, unknown>;
  expect(() => parseEvidencePolicy({ ...strict, [section]: rest })).toThrow(section);
});

const grace = { tcbDateAgeSec: 'ignore', advisoryIds: 'ignore' } as const;
const statuses = tdx.tcbStatus as Exclude<typeof tdx.tcbStatus, 'ignore'>;

test.each([
  ['an unknown field', { mrtdd: 'ignore' }],
  ['an unknown requirement', { mrtd: { allOf: [] } }],
  ['two requirements at once', { debug: { equals: false, anyOf: [true] } }],
  ['a measurement of another size', { mrtd: { anyOf: ['0x00'] } }],
  ['an upper-case measurement', { measurementHash: { anyOf: [`0x${'AB'.repeat(32)}`] } }],
  ['fifteen component floors', { teeTcbSvn: { atLeast: new Array(15).fill(0) } }],
  ['a status nobody defined', { tcbStatus: { ...statuses, Fine: 'accept' } }],
  ['a status left out', { tcbStatus: { ...statuses, OutOfDate: undefined } }],
  ['a grace for nothing in particular', { tcbStatus: { ...statuses, OutOfDate: grace } }],
  ['ConfigurationNeeded without advisories', { tcbStatus: { ...statuses, ConfigurationNeeded: 'accept' } }],
  ['a rule for Revoked', { tcbStatus: { ...statuses, Revoked: 'accept' } }],
])('a policy with %s is refused', (_name, bad) => {
  expect(() => parseEvidencePolicy({ ...strict, tdx: { ...tdx, ...bad } })).toThrow('evidence policy');
});

test.each([
  ['allowSimulated left to chance', { allowSimulated: 'ignore' }],
  ['a platform class nobody defined', { platformClass: { anyOf: ['home'] } }],
  ['the schema before it', { schema: 'hearth-evidence-policy/1' }],
  ['an enclave named by its signer alone', { sgx: { ...sgx, enclave: { anyOf: [{ mrSigner: '0x' }] } } }],
])('a policy with %s is refused', (_name, bad) => {
  expect(() => parseEvidencePolicy({ ...strict, ...bad })).toThrow('evidence policy');
});

test('the defaults are strict: no simulation, no debug, no other format, and nothing unless named', () => {
  expect(strictEvidencePolicy({ tdx: strictTdxPolicy([]) })).toMatchObject({
    allowSimulated: false,
    tdx: { debug: { equals: false }, measurementHash: { anyOf: [] }, tcbStatus: { OutOfDate: 'refuse' } },
    sgx: 'refuse',
    sevSnp: 'refuse',
    gpu: 'refuse',
  });
  expect(strictSgxPolicy([])).toMatchObject({ debug: { equals: false }, enclave: { anyOf: [] } });
});

test('component floors must be reached one by one, never as one number', () => {
  const floor = { atLeast: [2, 5] };
  expect(compareComponents('x', 'policy', floor, [2, 5])).toMatchObject({ result: 'pass' });
  expect(compareComponents('x', 'policy', floor, [9, 4])).toMatchObject({ result: 'fail', actual: '9.4' });
  expect(compareComponents('x', 'policy', floor, undefined)).toMatchObject({ result: 'fail' });
  expect(compareComponents('x', 'policy', 'ignore', [1])).toEqual({
    id: 'x',
    result: 'ignored',
    actual: '1',
  });
});

test('an empty allow-list allows nothing', () => {
  expect(compare('x', 'policy', { anyOf: [] }, 'a')).toMatchObject({
    result: 'fail',
    expected: 'nothing (empty allow-list)',
  });
  expect(compareAll('x', 'policy', { anyOf: [] }, ['a'])).toMatchObject({ result: 'fail' });
});

test('an unknown fact fails every requirement, and an ignored one is shown', () => {
  expect(compare('x', 'policy', { atLeast: 0 }, undefined)).toMatchObject({
    result: 'fail',
    actual: 'not established',
  });
  expect(compareAll('x', 'policy', { anyOf: ['a'] }, undefined)).toMatchObject({ result: 'fail' });
  expect(compare('x', 'policy', 'ignore', 7)).toEqual({ id: 'x', result: 'ignored', actual: '7' });
});

import { expect, test } from '@jest/globals';
import { compare, compareAll } from './compare.ts';
import { parseEvidencePolicy, strictTdxPolicy } from './evidence-policy.ts';

const strict = strictTdxPolicy([`0x${'ab'.repeat(32)}`]);

test('a policy survives JSON', () => {
  expect(parseEvidencePolicy(JSON.parse(JSON.stringify(strict)))).toEqual(strict);
});

test.each(Object.keys(strict))('a policy without %s is refused', (field) => {
  const { [field as keyof typeof strict]: _, ...rest } = strict;
  expect(() => parseEvidencePolicy(rest)).toThrow(field);
});

test.each([
  ['an unknown field', { ...strict, mrtdd: 'ignore' }],
  ['an unknown requirement', { ...strict, mrtd: { allOf: [] } }],
  ['two requirements at once', { ...strict, debug: { equals: false, anyOf: [true] } }],
  ['a measurement of another size', { ...strict, mrtd: { anyOf: ['0x00'] } }],
  ['an upper-case measurement', { ...strict, measurementHash: { anyOf: [`0x${'AB'.repeat(32)}`] } }],
  ['a status nobody defined', { ...strict, tcbStatus: { anyOf: ['Fine'] } }],
  ['allowSimulated left to chance', { ...strict, allowSimulated: 'ignore' }],
])('a policy with %s is refused', (_name, bad) => {
  expect(() => parseEvidencePolicy(bad)).toThrow('evidence policy');
});

test('the default is strict: no simulation, no debug, and no release unless named', () => {
  expect(strictTdxPolicy([])).toMatchObject({
    allowSimulated: false,
    debug: { equals: false },
    measurementHash: { anyOf: [] },
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

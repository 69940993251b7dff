import { expect, test } from '@jest/globals';
import { compareVbiosVersions, compareVersions, isDriverVersion, isVbiosVersion } from './version.ts';

test('versions are ordered part by part, not as text', () => {
  expect(compareVersions('550.144.03', '550.90.07')).toBeGreaterThan(0);
  expect(compareVersions('545.00', '550')).toBeLessThan(0);
  expect(compareVersions('590.12', '590.12.00')).toBe(0);
});

test('VBIOS parts are hexadecimal', () => {
  expect(compareVbiosVersions('96.00.A5.00.01', '96.00.9F.00.01')).toBeGreaterThan(0);
  expect(compareVbiosVersions('96.10.55.00.01', '96.10.55.00.01')).toBe(0);
});

test.each([
  '',
  '550.',
  '.5',
  '550..07',
  '550.90.07-beta',
  '5e3',
  '-1',
  ' 550',
  '1.1.1.1.1.1.1.1.1',
  '1234567',
])('%j is no version and is not ordered', (text) => {
  expect(isDriverVersion(text)).toBe(false);
  expect(() => compareVersions(text, '550')).toThrow('version');
  expect(() => compareVersions('550', text)).toThrow('version');
});

test('a driver version has no hexadecimal parts, a VBIOS version no lower case', () => {
  expect([isDriverVersion('96.00.9F'), isVbiosVersion('96.00.9F'), isVbiosVersion('96.00.9f')]).toEqual([
    false,
    true,
    false,
  ]);
});

import { expect, test } from '@jest/globals';
import { bareHexToBytes, bytesToHex, hexToBytes, toBytes } from './hex.ts';

test('hex and bytes turn into each other', () => {
  expect(bytesToHex(Uint8Array.of(0, 0xab, 0xff))).toBe('0x00abff');
  expect(hexToBytes('0x00abff')).toEqual(Uint8Array.of(0, 0xab, 0xff));
  expect(hexToBytes('0x')).toEqual(new Uint8Array());
});

test.each(['', '00', '0X00', '0x0', '0xAB', '0xzz', '0x00 ', ' 0x00', '0x00\n'])(
  'strict hex refuses %j',
  (text) => {
    expect(() => hexToBytes(text)).toThrow('hex string');
  },
);

test('a view into a larger buffer gives only its own bytes', () => {
  expect(bytesToHex(Uint8Array.of(1, 2, 3, 4).subarray(1, 3))).toBe('0x0203');
});

test('Intel’s hex may be of either case, but not of odd length, prefixed or of another size', () => {
  expect(bareHexToBytes('90C06f')).toEqual(Uint8Array.of(0x90, 0xc0, 0x6f));
  for (const text of ['90c', '0x90', 'g0', '90\n']) expect(() => bareHexToBytes(text)).toThrow('hex string');
  expect(() => bareHexToBytes('90c0', 3)).toThrow('expected 3 bytes, got 2');
});

test('builders take bytes or hex of exactly the right length', () => {
  expect(toBytes('0x0102', 2, 'thing')).toEqual(toBytes(Uint8Array.of(1, 2), 2, 'thing'));
  expect(() => toBytes('0x0102', 3, 'thing')).toThrow('thing: expected 3 bytes, got 2');
});

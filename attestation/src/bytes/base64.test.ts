import { expect, test } from '@jest/globals';
import { base64ToBytes, bytesToBase64 } from './base64.ts';

test('base64 and bytes turn into each other', () => {
  for (let length = 0; length < 5; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, index) => 250 + index);
    expect(base64ToBytes(bytesToBase64(bytes))).toEqual(bytes);
  }
});

test.each([
  ['no padding', 'AA'],
  ['unused bits set', 'AB=='],
  ['white space', 'AAAA AAAA'],
  ['the URL alphabet', '-_8='],
  ['foreign characters', 'AA*A'],
])('another spelling is refused: %s', (_name, text) => {
  expect(() => base64ToBytes(text)).toThrow('canonical base64');
});

import { expect, test } from '@jest/globals';
import { asciiToText, latin1ToText, textToUtf8, utf8ToText } from './text.ts';

test('UTF-8 goes both ways, a byte order mark included', () => {
  for (const text of ['', 'plain', 'Größe €', '\uFEFFmark', '😀']) {
    expect(utf8ToText(textToUtf8(text), 'text')).toBe(text);
  }
});

test.each([
  ['a lone continuation byte', [0x80]],
  ['an overlong slash', [0xc0, 0xaf]],
  ['a surrogate', [0xed, 0xa0, 0x80]],
  ['a cut character', [0xe2, 0x82]],
])('UTF-8 with %s is refused, not replaced', (_name, bytes) => {
  expect(() => utf8ToText(Uint8Array.from(bytes), 'the name')).toThrow('the name: expected UTF-8 text');
});

test('ASCII text has no byte above 0x7f', () => {
  expect(asciiToText(Uint8Array.of(0x41, 0x7f), 'text')).toBe('A\x7f');
  expect(() => asciiToText(Uint8Array.of(0x41, 0x80), 'text')).toThrow('ASCII');
});

test('any bytes at all are Latin-1, however many', () => {
  const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => index & 0xff);
  const text = latin1ToText(bytes);
  expect(text.length).toBe(bytes.length);
  expect(text.charCodeAt(299_999)).toBe(299_999 & 0xff);
});

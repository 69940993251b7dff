import { expect, test } from '@jest/globals';
import { DerReader, derTag, enterDer } from './der-reader.ts';
import {
  readBoolean,
  readEcdsaSignature,
  readGeneralizedTime,
  readNull,
  readOid,
  readSmallInteger,
  readTime,
  readUnsigned,
} from './der-values.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const reader = (hex: string): DerReader => new DerReader(bytes(hex), 'input');

test.each([
  ['an indefinite length', '3080020100'],
  ['a long form where the short one does', '308103020100'],
  ['a leading zero in the length', '3082000302010a'],
  ['a length beyond the input', '3004020100'],
  ['a length of five bytes', '308500000000010a'],
  ['a tag of two bytes', '3f81000100'],
  ['a missing length', '30'],
  ['nothing', ''],
])('strict DER refuses %s', (_name, hex) => {
  expect(() => reader(hex).any('element')).toThrow('input, element');
});

test('bytes after the one expected element are refused', () => {
  expect(() => enterDer(bytes('30000500'), derTag.sequence, 'input')).toThrow('no further elements');
  expect(enterDer(bytes('3000'), derTag.sequence, 'input').done).toBe(true);
});

test('nesting costs no stack, because only the caller descends', () => {
  let nested = Buffer.alloc(0);
  for (let depth = 0; depth < 2_000; depth += 1) {
    const length = nested.length;
    const head =
      length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
    nested = Buffer.concat([Buffer.from([0x30, ...head]), nested]);
  }
  expect(new DerReader(nested, 'bomb').any('outer').contents.length).toBeGreaterThan(4_000);
});

test.each(['0202007f', '0201ff', '0200', '02020000'])(
  'integer %s is refused: negative or not minimal',
  (hex) => {
    expect(() => readUnsigned(reader(hex), 'integer')).toThrow('integer');
  },
);

test('integers are read without their sign byte', () => {
  expect(readUnsigned(reader('02020080'), 'integer')).toEqual(Uint8Array.of(0x80));
  expect(readSmallInteger(reader('02020100'), 'integer')).toBe(256);
  expect(() => readSmallInteger(reader('02050100000000'), 'integer')).toThrow('32 bits');
});

test('booleans are 00 or ff', () => {
  expect(readBoolean(reader('0101ff'), 'flag')).toBe(true);
  expect(() => readBoolean(reader('010101'), 'flag')).toThrow('DER boolean');
});

test('object identifiers are read, and padded or cut ones refused', () => {
  expect(readOid(reader('060a2a864886f84d010d0111'), 'id')).toBe('1.2.840.113741.1.13.1.17');
  for (const hex of ['06022a80', '06032a8001', '0600'])
    expect(() => readOid(reader(hex), 'id')).toThrow('OID');
});

const time = (tag: string, text: string): DerReader =>
  reader(`${tag}${text.length.toString(16).padStart(2, '0')}${Buffer.from(text).toString('hex')}`);

test('UTCTime serves until 2049 and GeneralizedTime from 2050', () => {
  expect(readTime(time('17', '491231235959Z'), 'time')).toBe(Date.UTC(2049, 11, 31, 23, 59, 59) / 1000);
  expect(readTime(time('17', '500101000000Z'), 'time')).toBe(Date.UTC(1950, 0, 1) / 1000);
  expect(readTime(time('18', '99991231235959Z'), 'time')).toBe(Date.UTC(9999, 11, 31, 23, 59, 59) / 1000);
});

test.each([
  ['17', '2501010000Z'],
  ['17', '250101000000+0000'],
  ['17', '250230000000Z'],
  ['18', '20250101000000Z'],
  ['18', '20500101000000.5Z'],
  ['0c', '250101000000Z'],
])('time %s %s is refused', (tag, text) => {
  expect(() => readTime(time(tag, text), 'time')).toThrow();
});

test('some NVIDIA authorities write every year as GeneralizedTime', () => {
  expect(readTime(time('18', '20230511000000Z'), 'time', 'either-form')).toBe(Date.UTC(2023, 4, 11) / 1000);
  expect(() => readTime(time('18', '20230511000000Z'), 'time')).toThrow('UTCTime before 2050');
});

test('OCSP writes every year as GeneralizedTime', () => {
  expect(readGeneralizedTime(time('18', '20250821064707Z'), 'time')).toBe(
    Date.UTC(2025, 7, 21, 6, 47, 7) / 1000,
  );
  expect(() => readGeneralizedTime(time('17', '250821064707Z'), 'time')).toThrow('tag 24');
});

test('NULL is empty', () => {
  expect(() => readNull(reader('0500'), 'null')).not.toThrow();
  expect(() => readNull(reader('050100'), 'null')).toThrow('empty NULL');
});

test('a reader goes sixteen levels deep and no further', () => {
  let nested = Uint8Array.of(0x30, 0);
  for (let depth = 0; depth < 17; depth += 1) nested = Uint8Array.of(0x30, nested.length, ...nested);
  let inner = enterDer(nested, derTag.sequence, 'bomb');
  for (let depth = 1; depth < 16; depth += 1) inner = inner.enter(derTag.sequence, 'level');
  expect(() => inner.enter(derTag.sequence, 'level')).toThrow('at most 16 levels');
});

test("a signature is two integers of the curve's size and nothing else", () => {
  expect(readEcdsaSignature(bytes('3006020101020102'), 48, 'signature')[95]).toBe(2);
  expect(readEcdsaSignature(bytes('3006020101020102'), 32, 'signature')[31]).toBe(1);
  expect(() => readEcdsaSignature(bytes('3009020101020102020103'), 32, 'signature')).toThrow(
    'no further elements',
  );
  expect(() => readEcdsaSignature(bytes(`3026022101${'00'.repeat(32)}020101`), 32, 'signature')).toThrow(
    'at most 32 bytes',
  );
});

import { expect, test } from '@jest/globals';
import { parseEncodedType, parseStructFields } from './parse-type-strings.ts';

test('a type string split over several literals is read as one', () => {
  const source = 'bytes32 constant A_TYPEHASH = keccak256(\n  "A(B b,uint8 n)"\n  "B(bytes32 h)"\n);';
  expect(parseEncodedType('A.sol', source)).toEqual([
    {
      name: 'A',
      fields: [
        { type: 'B', name: 'b' },
        { type: 'uint8', name: 'n' },
      ],
    },
    { name: 'B', fields: [{ type: 'bytes32', name: 'h' }] },
  ]);
});

test('struct fields are read in order', () => {
  expect(parseStructFields('A.sol', '\nstruct A {\n    uint8 n;\n    address who;\n}\n')).toEqual([
    { type: 'uint8', name: 'n' },
    { type: 'address', name: 'who' },
  ]);
});

test.each([
  ['no type hash', () => parseEncodedType('A.sol', 'struct A {}'), 'A.sol: expected one keccak256 type hash'],
  [
    'a field without a name',
    () => parseEncodedType('A.sol', 'x_TYPEHASH = keccak256("A(uint8)");'),
    'A.sol: expected "type name", got "uint8"',
  ],
  ['no struct', () => parseStructFields('A.sol', ''), 'A.sol: expected one struct'],
])('a source with %s is refused by name', (_defect, parse, message) => {
  expect(parse).toThrow(message);
});

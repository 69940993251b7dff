import { expect, test } from '@jest/globals';
import { element, objectId, printableString, sequence, utf8String } from '../simulated/der-writer.ts';
import { derTag } from './der-reader.ts';
import { readCommonName, readName } from './names.ts';
import { oid } from './oids.ts';

const attribute = (id: string, text: Uint8Array): Uint8Array => sequence(objectId(id), text);
const rdn = (...attributes: Uint8Array[]): Uint8Array => element(derTag.set, ...attributes);
const commonName = rdn(attribute(oid.commonName, utf8String('GH100 A01 GSP BROM')));

test('attributes are read in order, of either text type', () => {
  const name = sequence(rdn(attribute('2.5.4.5', printableString('41431D48'))), commonName);
  expect(readName(name, 'name')).toEqual([
    { id: '2.5.4.5', text: '41431D48' },
    { id: oid.commonName, text: 'GH100 A01 GSP BROM' },
  ]);
  expect(readCommonName(name, 'name')).toBe('GH100 A01 GSP BROM');
});

test.each([
  ['no common name', sequence(rdn(attribute('2.5.4.6', printableString('US'))))],
  ['two common names', sequence(commonName, commonName)],
  [
    'two attributes in one RDN',
    sequence(rdn(attribute('2.5.4.6', printableString('US')), commonName.slice(2))),
  ],
  [
    'a common name of another text type',
    sequence(rdn(attribute(oid.commonName, element(0x14, Uint8Array.of(0x41))))),
  ],
  ['UTF-8 that is none', sequence(rdn(attribute(oid.commonName, element(0x0c, Uint8Array.of(0xff)))))],
  [
    'a PrintableString beyond ASCII',
    sequence(rdn(attribute(oid.commonName, element(0x13, Uint8Array.of(0xe4))))),
  ],
  [
    'seventeen attributes',
    sequence(...Array.from({ length: 17 }, () => rdn(attribute('2.5.4.6', printableString('US'))))),
  ],
  [
    'something after an attribute',
    sequence(rdn(sequence(objectId('2.5.4.6'), utf8String('US'), utf8String('US')))),
  ],
])('a name with %s is refused', (_fault, name) => {
  expect(() => readCommonName(name, 'name')).toThrow(/^name/);
});

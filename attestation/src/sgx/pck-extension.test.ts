import { expect, test } from '@jest/globals';
import { objectId, octetString, sequence, smallInteger } from '../simulated/der-writer.ts';
import { writeSgxExtension } from '../simulated/sgx-extension-writer.ts';
import { oid } from '../x509/oids.ts';
import { parsePckExtension } from './pck-extension.ts';

const spec = {
  ppid: new Uint8Array(16).fill(1),
  fmspc: Uint8Array.of(0x90, 0xc0, 0x6f, 0, 0, 0),
  pceId: new Uint8Array(2),
  platformInstanceId: new Uint8Array(16).fill(2),
  tcbComponents: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0, 255],
  pceSvn: 300,
};

test('every certified fact is read', () => {
  expect(parsePckExtension(writeSgxExtension(spec).value)).toEqual({
    ppid: `0x${'01'.repeat(16)}`,
    tcbComponents: spec.tcbComponents,
    pceSvn: 300,
    cpuSvn: '0x0102030405060708090a0b0c0d0e00ff',
    pceId: '0x0000',
    fmspc: '0x90c06f000000',
    sgxType: 1,
    platformInstanceId: `0x${'02'.repeat(16)}`,
    configuration: { dynamicPlatform: true, cachedKeys: false, smtEnabled: true },
  });
});

test.each([
  ['a component of 256', { ...spec, tcbComponents: [256, ...spec.tcbComponents.slice(1)] }],
  ['fifteen components', { ...spec, tcbComponents: spec.tcbComponents.slice(1) }],
  ['a short PPID', { ...spec, ppid: new Uint8Array(15) }],
  ['a PCESVN beyond 16 bits', { ...spec, pceSvn: 65_536 }],
])('an extension with %s is refused', (_name, bad) => {
  expect(() => parsePckExtension(writeSgxExtension(bad).value)).toThrow('SGX extension');
});

test('an entry that comes twice or belongs elsewhere is refused', () => {
  const ppid = sequence(objectId(`${oid.sgx}.1`), octetString(spec.ppid));
  const foreign = sequence(objectId('1.2.3.4'), smallInteger(1));
  expect(() => parsePckExtension(sequence(ppid, ppid))).toThrow('once');
  expect(() => parsePckExtension(sequence(ppid, foreign))).toThrow('foreign id');
});

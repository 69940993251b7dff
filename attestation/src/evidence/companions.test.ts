import { expect, test } from '@jest/globals';
import { textToUtf8 } from '../bytes/text.ts';
import { sampleFiles } from '../simulated/sample-files.ts';
import { sampleMachine } from '../simulated/sev-snp/sample-evidence.ts';
import { readCompanions } from './companions.ts';

const files = sampleFiles();
const of = (name: string) => files.find((file) => file.name === name)?.companions ?? {};

function read(...contents: (Uint8Array | undefined)[]) {
  return readCompanions(
    contents.map((bytes = new Uint8Array(), index) => ({ name: `file ${index}`, bytes })),
  );
}

const json = (value: unknown) => textToUtf8(JSON.stringify(value));

test('Intel’s collateral is recognised, though it holds certificates', () => {
  const { dcapCollateral } = of('TDX v4');
  expect(read(json(dcapCollateral))).toEqual({ dcapCollateral });
});

test('AMD’s certificates and list are told apart', () => {
  const { leaf, chainPem, crls } = of('SNP Milan');
  expect(read(crls?.[0], chainPem, leaf)).toEqual({ leaf, chainPem, crls });
});

test('a host’s certificate table is recognised', () => {
  const certificateTable = sampleMachine().certificateTable;
  expect(read(certificateTable)).toEqual({ certificateTable });
});

test('a device’s chain, manifests and answers keep their order', () => {
  const { chainPem, ocsp = [], rims = [] } = of('NVIDIA GH100');
  expect(read(...ocsp, chainPem, ...rims)).toEqual({ chainPem, ocsp, rims });
});

test('keys, a quote and an app-compose document are recognised', () => {
  const { quote, appCompose } = of('dstack log');
  const { jwks = '' } = of('EAT');
  expect(read(quote, appCompose, textToUtf8(jwks))).toEqual({ quote, appCompose, jwks });
});

test.each<[string, Uint8Array[], string]>([
  ['nothing known', [Uint8Array.of(0x30, 0x80)], '2 bytes of something else'],
  ['short', [Uint8Array.of(1, 2, 3)], '3 bytes of something else'],
  ['a second quote', [of('CCEL').quote, of('CCEL').quote] as Uint8Array[], 'a second quote'],
  ['collateral without CRLs', [json({ tcb_info: '{}' })], 'file 0, '],
  ['JSON with a key that comes twice', [textToUtf8('{"a":1,"a":2}')], 'duplicate keys'],
])('a file that is %s is refused by name', (_, contents, message) => {
  expect(() => read(...contents)).toThrow(message);
});

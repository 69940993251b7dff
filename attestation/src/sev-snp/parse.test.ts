import { expect, test } from '@jest/globals';
import { bytesToHex } from '../bytes/hex.ts';
import { EvidenceError } from '../errors.ts';
import { sampleMachine, sampleSnpEvidence } from '../simulated/sev-snp/sample-evidence.ts';
import { parseCertificateTable } from './certificate-table.ts';
import { parseGuestPolicy, parsePlatformInfo } from './guest-policy.ts';
import { parseSnpReport } from './parse.ts';
import { productOfCpuid, productOfName } from './product.ts';
import { describeTcb, reachesTcb } from './tcb-version.ts';

const { report: bytes } = sampleSnpEvidence();

test('a report is cut into its parts at the places of AMD’s layout', () => {
  const { report, signature, signedBytes } = parseSnpReport(bytes);
  expect(report).toMatchObject({
    version: 5,
    guestSvn: 1,
    measurement: bytesToHex(bytes.subarray(0x90, 0xc0)),
    reportData: bytesToHex(bytes.subarray(0x50, 0x90)),
    reportedTcb: '0x0a00000000001754',
    cpuid: { family: 0x19, model: 0x11, stepping: 1 },
    currentFirmware: { major: 1, minor: 55, build: 40 },
    launchMitigation: '0x0b00000000000000',
  });
  expect(signedBytes).toEqual(bytes.subarray(0, 0x2a0));
  expect(signature.subarray(0, 48)).toEqual(bytes.slice(0x2a0, 0x2d0).reverse());
  expect(signature.subarray(48)).toEqual(bytes.slice(0x2e8, 0x318).reverse());
});

test('fields that a version does not have are undefined', () => {
  const parse = (version: number) => parseSnpReport(sampleSnpEvidence({}, { version }).report).report;
  expect([parse(2).cpuid, parse(3).launchMitigation, parse(3).currentMitigation]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('every other length is refused with a coded error', () => {
  for (const length of [0, 1, 671, 672, 1183, 1185, 2368]) {
    expect(() => parseSnpReport(new Uint8Array(length))).toThrow(EvidenceError);
  }
});

const setFlags = (facts: object): string[] =>
  Object.entries(facts).flatMap(([name, value]) => (value === true ? [name] : []));

test.each([
  [16n, 'smtAllowed'],
  [17n, 'reservedOne'],
  [18n, 'migrateMa'],
  [19n, 'debug'],
  [20n, 'singleSocket'],
  [21n, 'cxlAllowed'],
  [22n, 'memAes256Xts'],
  [23n, 'raplDisabled'],
  [24n, 'ciphertextHiding'],
  [25n, 'pageSwapDisabled'],
  [26n, 'unknownBits'],
  [63n, 'unknownBits'],
])('guest policy bit %s means %s alone', (index, name) => {
  expect(setFlags(parseGuestPolicy(1n << index))).toEqual([name]);
});

test('the lowest bytes of a guest policy are the ABI that it asks for', () => {
  expect(parseGuestPolicy(0x3_011fn)).toMatchObject({ abiMajor: 1, abiMinor: 0x1f, value: '0x3011f' });
});

test.each([
  [0n, 'smtEnabled'],
  [1n, 'tsmeEnabled'],
  [2n, 'eccEnabled'],
  [3n, 'raplDisabled'],
  [4n, 'ciphertextHiding'],
  [5n, 'aliasCheckComplete'],
  [6n, 'unknownBits'],
  [7n, 'tioEnabled'],
  [8n, 'unknownBits'],
])('platform info bit %s means %s alone', (index, name) => {
  expect(setFlags(parsePlatformInfo(1n << index))).toEqual([name]);
});

test.each([
  [0x19, 0x00, 'Milan'],
  [0x19, 0x0f, 'Milan'],
  [0x19, 0x10, 'Genoa'],
  [0x19, 0x1f, 'Genoa'],
  [0x19, 0x20, undefined],
  [0x19, 0x9f, undefined],
  [0x19, 0xa0, 'Genoa'],
  [0x19, 0xaf, 'Genoa'],
  [0x19, 0xb0, undefined],
  [0x1a, 0x00, 'Turin'],
  [0x1a, 0x11, 'Turin'],
  [0x1a, 0x12, undefined],
  [0x17, 0x01, undefined],
])('family %i, model %i is %s', (family, model, product) => {
  expect(productOfCpuid({ family, model, stepping: 0 })).toBe(product);
});

test.each([
  ['Milan-B0', 'Milan'],
  ['Genoa', 'Genoa'],
  ['Siena-B1', 'Genoa'],
  ['Bergamo', 'Genoa'],
  ['Turin-C1', 'Turin'],
  ['Milan-B0 ', undefined],
  ['milan', undefined],
  ['Venice', undefined],
  ['constructor', undefined],
])('the product name %j means %s', (name, product) => {
  expect(productOfName(name)).toBe(product);
});

test('a floor holds for each part it names, and for parts the processor lacks never', () => {
  const tcb = { bl: 4, tee: 0, snp: 24, ucode: 219 };
  expect(reachesTcb(tcb, {})).toBe(true);
  expect(reachesTcb(tcb, { snp: 24 })).toBe(true);
  expect(reachesTcb(tcb, { bl: 3, snp: 25 })).toBe(false);
  expect(reachesTcb(tcb, { fmc: 0 })).toBe(false);
  expect([describeTcb(tcb), describeTcb({})]).toEqual(['bl 4, tee 0, snp 24, ucode 219', 'nothing']);
});

test('a certificate table yields what it holds and names what it does not know', () => {
  const { certificateTable, leafDer, intermediateDer, rootDer } = sampleMachine();
  expect(parseCertificateTable(certificateTable)).toMatchObject({
    vcek: leafDer,
    ask: intermediateDer,
    ark: rootDer,
    vlek: undefined,
    crl: undefined,
    others: [],
  });
  const renamed = certificateTable.map((byte, at) => (at === 0 ? 0xff : byte));
  expect(parseCertificateTable(renamed)).toMatchObject({
    vcek: undefined,
    others: ['ffda758d-e664-4564-adc5-f4b93be8accd'],
  });
  expect(parseCertificateTable(new Uint8Array(24)).others).toEqual([]);
});

test('a certificate table with an entry twice, or with too many, is refused', () => {
  const { certificateTable } = sampleMachine();
  const twice = Uint8Array.from(certificateTable);
  twice.copyWithin(24, 0, 16);
  expect(() => parseCertificateTable(twice)).toThrow('once');
  const many = new Uint8Array(24 * 20).fill(1);
  const view = new DataView(many.buffer);
  for (let entry = 0; entry < 20; entry += 1) {
    many[entry * 24] = entry + 1;
    view.setUint32(entry * 24 + 16, 24, true);
    view.setUint32(entry * 24 + 20, 0, true);
  }
  expect(() => parseCertificateTable(many)).toThrow('at most 16');
});

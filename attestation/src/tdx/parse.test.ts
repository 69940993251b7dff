import { expect, test } from '@jest/globals';
import { bytesToHex } from '../bytes/hex.ts';
import { latin1ToText } from '../bytes/text.ts';
import { parseTdxQuote } from '../dcap/parse-quote.ts';
import { EvidenceError } from '../errors.ts';
import { sampleEvidence, sampleTd } from '../simulated/sample-evidence.ts';
import { parseTdAttributes } from './td-attributes.ts';

const { quote: bytes } = sampleEvidence();

test('a quote is cut into its parts at the places of Intel’s layout', () => {
  const quote = parseTdxQuote(bytes);
  expect(quote.report.mrtd).toBe(bytesToHex(bytes.subarray(48 + 136, 48 + 184)));
  expect(quote.report.rtmr3).toBe(bytesToHex(sampleTd.rtmrs[3] as Uint8Array));
  expect(quote.report.reportData).toBe(bytesToHex(bytes.subarray(568, 632)));
  expect(quote.signature).toEqual(bytes.subarray(636, 700));
  expect(quote.qeReport.isvSvn).toBe(6);
  expect(quote.certification.type).toBe(5);
  expect(latin1ToText(quote.certification.contents).match(/BEGIN CERTIFICATE/g)).toHaveLength(3);
  expect(quote.signedBytes).toHaveLength(632);
  expect(quote.authenticationData).toHaveLength(bytes.length - 632);
});

test('every truncation is refused with a coded error', () => {
  const refusal = (length: number): unknown => {
    try {
      return parseTdxQuote(bytes.subarray(0, length));
    } catch (error) {
      return error;
    }
  };
  const lengths = Array.from(bytes, (_, length) => length);
  expect(lengths.filter((length) => !(refusal(length) instanceof EvidenceError))).toEqual([]);
});

test.each([
  ['authentication data size', 632],
  ['outer certification size', 766],
  ['QE authentication data length', 1218],
  ['inner certification size', 1254],
])('a %s that lies in either direction is refused', (_name, offset) => {
  for (const delta of [1, -1]) {
    const lying = Uint8Array.from(bytes);
    const view = new DataView(lying.buffer);
    view.setUint16(offset, view.getUint16(offset, true) + delta, true);
    expect(() => parseTdxQuote(lying)).toThrow(EvidenceError);
  }
});

test('a size of four gigabytes allocates nothing', () => {
  const lying = Uint8Array.from(bytes);
  new DataView(lying.buffer).setUint32(632, 0xffff_ffff, true);
  expect(() => parseTdxQuote(lying)).toThrow('expected 4294967295 bytes');
});

test.each([
  [0x02n, 'untrusted'],
  [0x80n, 'untrusted'],
  [1n << 28n, 'septVeDisable'],
  [1n << 29n, 'migratable'],
  [1n << 30n, 'protectionKeys'],
  [1n << 31n, 'keyLocker'],
  [1n << 63n, 'perfmon'],
  [1n << 8n, 'reserved'],
  [1n << 62n, 'reserved'],
])('TDATTRIBUTES %s means %s alone', (bits, name) => {
  const attributes = new Uint8Array(8);
  new DataView(attributes.buffer).setBigUint64(0, bits, true);
  const set = Object.entries(parseTdAttributes(bytesToHex(attributes))).filter(([, value]) => value);
  expect(set).toEqual([[name, true]]);
});

test('DEBUG is an untrusted bit too', () => {
  expect(parseTdAttributes('0x0100000000000000')).toMatchObject({
    debug: true,
    untrusted: true,
    reserved: false,
  });
});

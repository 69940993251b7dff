import { expect, test } from '@jest/globals';
import { bytesToBase64 } from '../bytes/base64.ts';
import { bytesToHex } from '../bytes/hex.ts';
import { textToUtf8 } from '../bytes/text.ts';
import { sampleFiles } from '../simulated/sample-files.ts';
import { detectEvidenceKind, unwrapText } from './kind.ts';

const { evidence = new Uint8Array() } = sampleFiles()[0] ?? {};

test.each<[string, string]>([
  ['hex', bytesToHex(evidence).slice(2)],
  ['hex with 0x and a line end', `${bytesToHex(evidence)}\n`],
  ['hex in capitals', bytesToHex(evidence).slice(2).toUpperCase()],
  ['base64', bytesToBase64(evidence)],
  ['base64 in lines', bytesToBase64(evidence).replace(/(.{64})/g, '$1\r\n')],
])('%s stands for the bytes behind it', (_, text) => {
  expect(unwrapText(textToUtf8(text))).toEqual(evidence);
});

test.each(['', 'abc', '[{"imr":0}]', `${'A'.repeat(66)}=`])('the text %j stays what it is', (text) => {
  expect(unwrapText(textToUtf8(text))).toEqual(textToUtf8(text));
});

test('what is nothing known is nothing known', () => {
  for (const text of ['', 'hello', '{}', '[]', '[1]'])
    expect(detectEvidenceKind(textToUtf8(text))).toBeUndefined();
  expect(detectEvidenceKind(new Uint8Array(1184))).toBeUndefined();
});

test('NVIDIA evidence that is cut is still NVIDIA’s', () => {
  expect(detectEvidenceKind(Uint8Array.of(0x11, 0xe0, 0x01, 0xff, 1))).toBe('nvidia-gpu-evidence');
});

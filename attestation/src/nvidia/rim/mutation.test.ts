import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sampleRim } from '../../simulated/nvidia-rim/sample-rim.ts';
import { verifyRim } from './verify.ts';

const sample = sampleRim({ ocsp: () => undefined });
const text = new TextDecoder().decode(sample.rim);
const original = verifyRim(sample).rim;

function verifyBytes(rim: Uint8Array) {
  return verifyRim({ ...sample, rim });
}

function changed(at: number, to: number): Uint8Array {
  return sample.rim.map((byte, index) => (index === at ? to : byte));
}

/**
 * Where XML or base64 has two spellings of one thing, so that the change is none: white space inside a tag, white
 * space in an attribute's value (XML 1.0 §3.3.3), a line end (§2.11), and line breaks in the base64 of values and
 * certificates. All of them are white space before and after.
 */
const isBlank = (byte: number | undefined): boolean => [0x20, 0x09, 0x0a, 0x0d].includes(byte ?? 0);

test('no changed byte is accepted, but white space for white space that no reader can tell apart', () => {
  const accepted: string[] = [];
  for (let at = 0; at < sample.rim.length; at += 3) {
    const byte = sample.rim[at] ?? 0;
    if (verifyBytes(changed(at, byte ^ (1 << (at % 8)))).ok) accepted.push(text.slice(at - 9, at + 9));
  }
  expect(accepted).toEqual([]);
});

test('nor any other, at places and of values drawn at random', () => {
  fc.assert(
    fc.property(fc.nat(sample.rim.length - 1), fc.nat(255), (at, to) => {
      if (sample.rim[at] === to) return;
      const { ok, rim } = verifyBytes(changed(at, to));
      if (ok) {
        expect(isBlank(sample.rim[at]) && isBlank(to)).toBe(true);
        expect(rim).toEqual(original);
      }
    }),
    { numRuns: 800 },
  );
});

test('what canonicalisation ignores changes nothing that is read', () => {
  const spellings = [
    text.replaceAll('\n', '\r\n'),
    text.replaceAll('></ns0:Resource>', '/>'),
    text.replace('corpus="false" name="GH100"', "name='GH100'\n  corpus='false'"),
    text.replace('600.10.01', '600.1&#48;.01'),
    text.replace(/(<ds:SignatureValue>.{30})/, '$1\n'),
    `<?xml version="1.0" encoding="UTF-8"?>\n${text}\n`,
  ];
  for (const spelling of spellings) {
    expect(spelling).not.toBe(text);
    expect(verifyBytes(new TextEncoder().encode(spelling)).rim).toEqual(original);
  }
});

test('cut and spliced manifests are refused and never throw', () => {
  fc.assert(
    fc.property(fc.nat(sample.rim.length - 1), fc.nat(sample.rim.length - 1), (end, start) => {
      expect(verifyBytes(sample.rim.subarray(0, end)).ok).toBe(false);
      const spliced = Uint8Array.of(...sample.rim.subarray(0, end), ...sample.rim.subarray(start));
      if (end !== start) expect(verifyBytes(spliced).ok).toBe(false);
    }),
    { numRuns: 200 },
  );
});

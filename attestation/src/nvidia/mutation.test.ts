import { expect, test } from '@jest/globals';
import { sampleNvidiaEvidence } from '../simulated/nvidia/sample-evidence.ts';
import { flip } from './faults/faulty-device.ts';
import { verifyNvidiaEvidence } from './verify.ts';

const sample = sampleNvidiaEvidence();
/** All of what surrounds the measurements, and a sample of those. */
const frame = [...range(0, 60), ...range(37 + 8 + 64 * 55, sample.evidence.length)];
const offsets = [...frame, ...range(60, 37 + 8 + 64 * 55).filter((offset) => offset % 37 === 0)];

test('no report with a flipped bit passes, and none makes the verifier throw', () => {
  for (const offset of offsets) {
    const evidence = flip(sample.evidence, offset, 1 << (offset % 8));
    expect({ offset, ok: verifyNvidiaEvidence({ ...sample, evidence }).ok }).toEqual({ offset, ok: false });
  }
});

test('no cut report passes', () => {
  for (let length = 0; length < sample.evidence.length; length += 61) {
    expect(verifyNvidiaEvidence({ ...sample, evidence: sample.evidence.subarray(0, length) }).reason).toBe(
      'format',
    );
  }
});

test('no chain with a changed character passes', () => {
  for (let offset = 0; offset < sample.chain.length; offset += 31) {
    const chain = flip(sample.chain, offset, 4);
    expect({ offset, ok: verifyNvidiaEvidence({ ...sample, chain }).ok }).toEqual({ offset, ok: false });
  }
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

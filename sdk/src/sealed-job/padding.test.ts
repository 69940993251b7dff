import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type PadClass, type PaddedPiece, padPiece, planRequest, planResponse, unpad } from './padding.ts';
import { MAX_FRAME_PLAINTEXT_BYTES, MAX_REQUEST_BODY_BYTES, MAX_REQUEST_FRAMES } from './wire-limits.ts';

const padClass = fc.constantFrom<PadClass>(0, 1, 2);
const total = (pieces: readonly PaddedPiece[]) =>
  pieces.reduce((sum, piece) => sum + piece.plaintextBytes, 0);
const isPowerOf = (base: number, value: number) =>
  Number.isInteger(Math.round(1e9 * (Math.log(value) / Math.log(base))) / 1e9);

test('pieces cover the message once, in order, within the frame limit', () => {
  fc.assert(
    fc.property(
      fc.nat(400_000),
      padClass,
      fc.constantFrom('request', 'data', 'control'),
      (length, pad, kind) => {
        const pieces =
          kind === 'request'
            ? planRequest(length, pad)
            : planResponse(length, pad, kind as 'data' | 'control');
        let at = 0;
        for (const { start, end, plaintextBytes } of pieces) {
          if (start !== at || end - start + 4 > plaintextBytes) return false;
          if (plaintextBytes > MAX_FRAME_PLAINTEXT_BYTES) return false;
          at = end;
        }
        return at === length;
      },
    ),
    { numRuns: 500 },
  );
});

test('standard requests are a power of two KiB, strict ones 32 KiB times a power of four', () => {
  fc.assert(
    fc.property(fc.nat(MAX_REQUEST_BODY_BYTES), (length) => {
      expect(isPowerOf(2, total(planRequest(length, 1)) / 1024)).toBe(true);
      expect(isPowerOf(4, total(planRequest(length, 2)) / 32_768)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('the largest body fits every class within the frame count an enclave accepts', () => {
  for (const pad of [0, 1, 2] as const) {
    expect(planRequest(MAX_REQUEST_BODY_BYTES, pad).length).toBeLessThanOrEqual(MAX_REQUEST_FRAMES);
    expect(() => planRequest(MAX_REQUEST_BODY_BYTES + 1, pad)).toThrow('at most');
  }
});

test('standard response frames are multiples of 256 bytes, unpadded ones exact', () => {
  for (const length of [0, 1, 251, 252, 253, 100_000]) {
    for (const piece of planResponse(length, 1, 'data')) expect(piece.plaintextBytes % 256).toBe(0);
    expect(total(planResponse(length, 0, 'data'))).toBe(length + 4 * planResponse(length, 0, 'data').length);
  }
});

test('padding comes off again, and only zeros of the told length do', () => {
  const message = Uint8Array.from([1, 2, 3]);
  const padded = padPiece(message, { start: 0, end: 3, plaintextBytes: 16 });
  expect(unpad(padded)).toEqual(message);
  for (let i = 7; i < padded.length; i++) expect(unpad(padded.with(i, 1))).toBeUndefined();
  expect(unpad(padded.with(3, 13))).toBeUndefined();
  expect(unpad(padded.with(3, 2))).toBeUndefined();
  expect(unpad(Uint8Array.of(0, 0, 0))).toBeUndefined();
});

import { expect, test } from '@jest/globals';
import { encodeFrame, FrameDecoder, MAX_PAYLOAD_BYTES } from './frame.ts';

const frames = [
  { type: 1, streamId: 0, payload: new Uint8Array() },
  { type: 17, streamId: 7, payload: Uint8Array.from([1, 2, 3]) },
  { type: 255, streamId: 0xffffffff, payload: new Uint8Array(1000).fill(9) },
];
const wire = Buffer.concat(frames.map(encodeFrame));

test('frames come out as they went in, one byte at a time', () => {
  const decoder = new FrameDecoder();
  const decoded = [...wire].flatMap((byte) => decoder.push(Uint8Array.of(byte)));
  expect(decoded).toEqual(frames);
  expect(decoder.pendingBytes).toBe(0);
});

test('frames come out as they went in, all at once', () => {
  expect(new FrameDecoder().push(wire)).toEqual(frames);
});

test('a frame cut off at the end is visible as pending bytes', () => {
  const decoder = new FrameDecoder();
  expect(decoder.push(wire.subarray(0, wire.length - 1))).toHaveLength(2);
  expect(decoder.pendingBytes).toBeGreaterThan(0);
});

test.each([0, 4, MAX_PAYLOAD_BYTES + 6, 0xffffffff])(
  'a frame length of %d is a protocol violation',
  (length) => {
    const bytes = Buffer.alloc(9);
    bytes.writeUInt32BE(length, 0);
    expect(() => new FrameDecoder().push(bytes)).toThrow(
      expect.objectContaining({ code: 'protocol_violation' }),
    );
  },
);

test('an oversized payload is never sent', () => {
  const payload = new Uint8Array(MAX_PAYLOAD_BYTES + 1);
  expect(() => encodeFrame({ type: 1, streamId: 0, payload })).toThrow(RangeError);
});

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { concatBytes } from './big-endian.ts';
import { encodeFrame, frameType, gatewayErrorFrame, keepAliveFrame } from './frame.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { MAX_FRAME_BYTES } from './wire-limits.ts';

const frames = [
  encodeFrame(frameType.head, new Uint8Array(20).fill(1)),
  keepAliveFrame(),
  encodeFrame(frameType.data, new Uint8Array(MAX_FRAME_BYTES - 5).fill(2)),
  gatewayErrorFrame('timeout', 'x'),
];

test('frames come out whole and in order at any chunk borders', () => {
  const bytes = concatBytes(...frames);
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
      const borders = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const decoder = new FrameDecoder('response');
      const out = borders.slice(1).flatMap((end, i) => decoder.push(bytes.subarray(borders[i], end)));
      decoder.end();
      expect(out.map((frame) => frame.type)).toEqual([3, 0, 1, 4]);
      out.forEach((frame, i) => {
        expect(Buffer.from(frame.bytes).equals(Buffer.from(frames[i] ?? []))).toBe(true);
        expect(frame.payload).toHaveLength(frame.bytes.length - 5);
      });
    }),
    { numRuns: 100 },
  );
});

test('a frame handed out does not change when the caller reuses its chunk', () => {
  const chunk = Uint8Array.from(frames[0] ?? []);
  const [frame] = new FrameDecoder('response').push(chunk);
  chunk.fill(9);
  expect(frame?.payload).toEqual(new Uint8Array(20).fill(1));
});

const header = (type: number, length: number) => {
  const bytes = Buffer.alloc(5);
  bytes[0] = type;
  bytes.writeUInt32BE(length, 1);
  return bytes;
};

test.each([
  ['an unknown type', header(7, 20), 'type'],
  ['a keep-alive with a payload', header(0, 1), 'keep-alive'],
  ['an encrypted frame too short for tag and length', header(1, 19), 'short'],
  ['a frame over 64 KiB', header(1, MAX_FRAME_BYTES - 4), 'at most'],
  ['a length of 4 GiB', header(2, 0xffff_ffff), 'at most'],
  ['a gateway error over its limit', header(4, 4097), 'at most'],
])('refuses %s from the header alone', (_, bytes, named) => {
  expect(() => new FrameDecoder('response').push(bytes)).toThrow(
    expect.objectContaining({ code: 'peer_protocol_violation', message: expect.stringContaining(named) }),
  );
  expect(() => new FrameDecoder('request').push(bytes)).toThrow(
    expect.objectContaining({ code: expect.stringMatching(/^(invalid_request|too_large)$/) }),
  );
});

test('an end inside a frame is truncation, at every offset', () => {
  const bytes = concatBytes(frames[0] ?? new Uint8Array(0));
  for (let length = 1; length < bytes.length; length++) {
    const decoder = new FrameDecoder('response');
    decoder.push(bytes.subarray(0, length));
    expect(() => decoder.end()).toThrow(expect.objectContaining({ code: 'stream_truncated' }));
  }
});

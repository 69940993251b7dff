import { encodeFrame, frameType } from '@hearth/sdk/sealed-job/clear';
import { expect, test } from '@jest/globals';
import { FrameBoundary } from './frame-boundary.ts';

const frames = [
  encodeFrame(frameType.head, new Uint8Array(40)),
  encodeFrame(frameType.keepAlive, new Uint8Array(0)),
  encodeFrame(frameType.data, new Uint8Array(300)),
];
const response = Buffer.concat([new Uint8Array(64), ...frames]);
const boundaries = new Set([64, 64 + 45, 64 + 45 + 5, 64 + 45 + 5 + 305]);

test.each([1, 2, 7, 64, 1000])(
  'chunks of %i bytes: it is between frames exactly after the prefix and after each frame',
  (size) => {
    const boundary = new FrameBoundary();
    expect(boundary.isBetweenFrames).toBe(false);
    for (let at = 0; at < response.length; at += size) {
      const end = Math.min(response.length, at + size);
      boundary.follow(response.subarray(at, end));
      expect([end, boundary.isBetweenFrames]).toEqual([end, boundaries.has(end)]);
    }
  },
);

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseRequestPrefix } from './request-prefix.ts';
import { RequestPrefixReader } from './request-prefix-reader.ts';
import { sampleJob } from './sample-job.ts';
import { sealRequest } from './seal-request.ts';
import { MAX_PREFIX_BYTES } from './wire-limits.ts';

const { input } = await sampleJob({ recipients: 3 });
const { prefixBytes } = await sealRequest(input);

test('a parsed prefix carries exactly what was encoded', () => {
  const parsed = parseRequestPrefix(prefixBytes);
  expect(parsed?.header).toEqual(input.header);
  expect(parsed?.order).toEqual(input.order);
  expect(parsed?.recipients.map(({ enc: _, wrappedCek: __, ...recipient }) => recipient)).toEqual(
    input.recipients.map(({ publicKey: _, ...recipient }) => recipient),
  );
  expect(parsed?.cumulativeCapPicoUsd).toBe(input.cumulativeCapPicoUsd);
  expect(parsed?.sessionSignature).toBe(input.sessionSignature);
  expect(parsed?.authorizationSignature).toBe(input.authorizationSignature);
  expect(parsed?.bytes).toEqual(prefixBytes);
});

test('every strict beginning of a prefix asks for more bytes', () => {
  for (let length = 0; length < prefixBytes.length; length++) {
    expect(parseRequestPrefix(prefixBytes.subarray(0, length))).toBeUndefined();
  }
});

test('the reader finds the same prefix and rest at any chunk borders', () => {
  const message = Buffer.concat([prefixBytes, Buffer.from('frames follow')]);
  fc.assert(
    fc.property(fc.array(fc.nat(message.length), { maxLength: 6 }), (cuts) => {
      const borders = [0, ...cuts.sort((a, b) => a - b), message.length];
      const reader = new RequestPrefixReader();
      let rest = '';
      let found = false;
      for (let i = 1; i < borders.length; i++) {
        const chunk = message.subarray(borders[i - 1], borders[i]);
        if (found) {
          rest += chunk.toString();
          continue;
        }
        const done = reader.push(chunk);
        if (done === undefined) continue;
        found = true;
        expect(done.prefix.bytes).toEqual(prefixBytes);
        rest += Buffer.from(done.rest).toString();
      }
      expect(rest).toBe('frames follow');
    }),
    { numRuns: 100 },
  );
});

/** The prefix with its header JSON replaced. */
function withHeaderJson(change: (json: string) => string): Uint8Array {
  const view = new DataView(prefixBytes.buffer, prefixBytes.byteOffset);
  const length = view.getUint32(4);
  const json = Buffer.from(change(Buffer.from(prefixBytes.subarray(8, 8 + length)).toString()));
  const size = Buffer.alloc(4);
  size.writeUInt32BE(json.length);
  return Buffer.concat([prefixBytes.subarray(0, 4), size, json, prefixBytes.subarray(8 + length)]);
}

test.each([
  ['another magic', () => Buffer.concat([Buffer.from('SJ2\0'), prefixBytes.subarray(4)]), 'magic'],
  ['spaces in the header JSON', () => withHeaderJson((json) => json.replace(':', ': ')), 'canonical'],
  [
    'a repeated header field',
    () => withHeaderJson((json) => json.replace('{', '{"attempt":0,')),
    'canonical',
  ],
  ['an unknown header field', () => withHeaderJson((json) => json.replace(/}$/, ',"zzz":0}')), 'header'],
  [
    'a price as a JSON number',
    () => withHeaderJson((json) => json.replace('"1000000"', '1000000')),
    'priceInput',
  ],
  [
    'a price above uint64',
    () => withHeaderJson((json) => json.replace('"1000000"', `"${2n ** 64n}"`)),
    'priceInput',
  ],
  ['an unknown suite', () => withHeaderJson((json) => json.replace('"suite":2', '"suite":3')), 'suite'],
  ['enc of another suite', () => withHeaderJson((json) => json.replace('"suite":2', '"suite":1')), 'enc'],
  ['header bytes that are not JSON', () => withHeaderJson(() => '{'), 'JSON'],
] as const)('refuses %s and names it', (_, bytes, named) => {
  expect(() => parseRequestPrefix(bytes())).toThrow(
    expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining(named) }),
  );
});

test('refuses a header length above the limit before the header has arrived', () => {
  const bytes = Uint8Array.of(...prefixBytes.subarray(0, 4), 0, 1, 0, 0);
  expect(() => parseRequestPrefix(bytes)).toThrow(expect.objectContaining({ code: 'too_large' }));
});

test('arbitrary bytes never do anything but parse, wait or be refused with a code', () => {
  fc.assert(
    fc.property(fc.nat(prefixBytes.length - 1), fc.uint8Array({ maxLength: 64 }), (offset, noise) => {
      const bytes = Uint8Array.from(prefixBytes);
      bytes.set(noise.subarray(0, bytes.length - offset), offset);
      try {
        parseRequestPrefix(bytes);
      } catch (error) {
        expect(error).toMatchObject({ name: 'HearthError' });
      }
    }),
    { numRuns: 2000 },
  );
});

test('the reader stops at the largest legal prefix', () => {
  expect(prefixBytes.length).toBeLessThan(MAX_PREFIX_BYTES);
  expect(() => new RequestPrefixReader().end()).toThrow(
    expect.objectContaining({ code: 'stream_truncated' }),
  );
});

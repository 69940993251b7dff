import { fromHex, type Hex, sha256, toHex } from '@hearth/attestation/receipt';
import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { concatBytes, utf8 } from './big-endian.ts';
import {
  type EncryptedFrameType,
  encodeFrame,
  frameType,
  gatewayErrorFrame,
  keepAliveFrame,
} from './frame.ts';
import { FrameSealer } from './frame-cipher.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { responseFrameKeys } from './frame-keys.ts';
import type { HpkeKey } from './hpke-key.ts';
import type { OpenedJob } from './open-request.ts';
import { type ResponseEvent, ResponseOpener } from './open-response.ts';
import { padPiece } from './padding.ts';
import { filled, messageOf, receiveRequest, type SampleJob, sampleFinal, sampleJob } from './sample-job.ts';
import { type SealedRequest, sealRequest } from './seal-request.ts';
import { ResponseSealer } from './seal-response.ts';

const responseRefused = expect.objectContaining({
  code: 'peer_protocol_violation',
  message: 'sealed job response: it could not be opened',
});
const keyAt = (job: SampleJob, index: number) => job.keys[index] as HpkeKey;

let sample: SampleJob;
let sealed: SealedRequest;
let job: OpenedJob;
beforeAll(async () => {
  sample = await sampleJob({ recipients: 2 });
  sealed = await sealRequest(sample.input);
  job = (await receiveRequest(messageOf(sealed), keyAt(sample, 0))).job;
});

function response(of: OpenedJob = job): {
  prelude: Uint8Array;
  frames: Uint8Array[];
  hash: Hex;
  hashAfterFinal: Hex;
} {
  const sealer = new ResponseSealer(of, new Uint8Array(32).fill(5));
  const prelude = sealer.prelude();
  const frames = [
    sealer.head({ status: 200, contentType: 'text/event-stream' }),
    sealer.data(utf8('data: one\n\n')),
    sealer.interim({ receipt: { sequence: '1' }, signature: filled(0x66, 65) }),
    sealer.output([7, 2 ** 32 - 1], utf8('data: two\n\n')),
    sealer.flush(),
  ].filter((frame) => frame.length > 0);
  const hash = sealer.responseCiphertextHash();
  frames.push(sealer.final(sampleFinal));
  return { prelude, frames, hash, hashAfterFinal: sealer.responseCiphertextHash() };
}
const open = (bytes: Uint8Array, secrets = sealed.responseSecrets) =>
  openResponse(bytes, sample.input.jobHeaderHash, secrets);

test('a response gives head, data, interim and final in order at any chunk borders, with the hashes receipts cite', () => {
  const { prelude, frames, hash, hashAfterFinal } = response();
  const bytes = concatBytes(prelude, ...frames);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 700 }), (chunkBytes) => {
      const opener = new ResponseOpener(sample.input.jobHeaderHash, sealed.responseSecrets);
      const events: ResponseEvent[] = [];
      for (let at = 0; at < bytes.length; at += chunkBytes) {
        events.push(...opener.push(bytes.subarray(at, at + chunkBytes)));
      }
      opener.end();
      expect(events.map((event) => event.type)).toEqual(['head', 'data', 'interim', 'data', 'final']);
      expect(events[3]).toMatchObject({ tokenIds: [7, 2 ** 32 - 1], bytes: utf8('data: two\n\n') });
      expect(events.at(-1)).toMatchObject({ precedingCiphertextHash: hash });
      expect(events[2]).toMatchObject({
        precedingCiphertextHash: toHex(sha256(concatBytes(prelude, ...frames.slice(0, 2)))),
      });
    }),
    { numRuns: 50 },
  );
  expect(hash).toBe(toHex(sha256(concatBytes(prelude, ...frames.slice(0, -1)))));
  expect(hashAfterFinal).toBe(hash);
});

test('a response may carry keep-alives of the gateway, which no hash counts', () => {
  const { prelude, frames, hash } = response();
  const events = open(concatBytes(prelude, ...frames.flatMap((frame) => [keepAliveFrame(), frame])));
  expect(events.filter((event) => event.type === 'keep-alive')).toHaveLength(frames.length);
  expect(events.at(-1)).toMatchObject({ type: 'final', precedingCiphertextHash: hash });
});

test('a response cut at every offset is truncated, never complete', () => {
  const { prelude, frames } = response();
  const bytes = concatBytes(prelude, ...frames);
  for (let length = 0; length < bytes.length; length++) {
    const opener = new ResponseOpener(sample.input.jobHeaderHash, sealed.responseSecrets);
    const events = opener.push(bytes.subarray(0, length));
    expect(events.some((event) => event.type === 'final')).toBe(false);
    expect(() => opener.end()).toThrow(expect.objectContaining({ code: 'stream_truncated' }));
  }
});

test('any flipped bit of a response is refused', () => {
  const { prelude, frames } = response();
  const bytes = concatBytes(prelude, ...frames);
  fc.assert(
    fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => open(flipped)).toThrow(expect.objectContaining({ name: 'HearthError' }));
    }),
    { numRuns: 500 },
  );
});

test('a response reordered, repeated, dropped, retyped or continued is refused and stays refused', () => {
  const { prelude, frames } = response();
  const [head, one, interim, two, last] = frames as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const retyped = (frame: Uint8Array, type: number) => Uint8Array.of(type, ...frame.subarray(1));
  const variants = [
    [one, head, interim, two, last],
    [head, two, interim, one, last],
    [head, one, one, interim, two, last],
    [head, head, one, interim, two, last],
    [head, interim, two, last],
    [head, one, two, last],
    [one, interim, two, last],
    [last],
    [head, retyped(one, frameType.final)],
    [head, one, interim, two, retyped(last, frameType.data)],
    [head, retyped(one, frameType.interim), interim, two, last],
    [head, retyped(one, frameType.output), interim, two, last],
    [head, one, interim, retyped(two, frameType.data), last],
    [head, one, interim, two, last, last],
    [head, one, interim, two, last, keepAliveFrame()],
    [head, one, interim, two, last, gatewayErrorFrame('late', '')],
  ];
  for (const variant of variants) {
    const opener = new ResponseOpener(sample.input.jobHeaderHash, sealed.responseSecrets);
    expect(() => opener.push(concatBytes(prelude, ...variant))).toThrow(responseRefused);
    expect(() => opener.end()).toThrow(expect.objectContaining({ code: 'stream_truncated' }));
  }
});

test('a response of another recipient, job or nonce is refused', async () => {
  const { prelude, frames } = response();
  const other = sealed.responseSecrets[1];
  if (other === undefined) throw new Error('expected two recipients');
  const attributed = concatBytes(Buffer.from(other.keyId.slice(2), 'hex'), prelude.subarray(32), ...frames);
  expect(() => open(attributed)).toThrow(responseRefused);
  expect(() => open(concatBytes(new Uint8Array(32), prelude.subarray(32), ...frames))).toThrow(
    responseRefused,
  );
  expect(() => open(concatBytes(prelude.subarray(0, 32), new Uint8Array(32), ...frames))).toThrow(
    responseRefused,
  );
  const again = await sealRequest(sample.input);
  expect(() => open(concatBytes(prelude, ...frames), again.responseSecrets)).toThrow(responseRefused);
});

test('a head that names another job is refused although it decrypts', () => {
  const { prelude, frames } = response({ ...job, jobHeaderHash: filled(9) });
  expect(() => open(concatBytes(prelude, ...frames))).toThrow(responseRefused);
});

test('an enclave that seals frames in the wrong places, or of the wrong shape, is refused too', () => {
  const nonce = new Uint8Array(32).fill(5);
  const prelude = concatBytes(fromHex(job.keyId), nonce);
  const ownHead = { status: 200, contentType: 'a/b', hh: job.jobHeaderHash, keyId: job.keyId };
  const sealed = (...frames: (readonly [EncryptedFrameType, unknown])[]) => {
    const sealer = new FrameSealer(responseFrameKeys(job.responseSecret, job.enc, nonce));
    return concatBytes(
      prelude,
      ...frames.map(([type, payload]) => {
        const bytes = utf8(JSON.stringify(payload));
        return sealer.seal(
          type,
          padPiece(bytes, { start: 0, end: bytes.length, plaintextBytes: bytes.length + 4 }),
        );
      }),
    );
  };
  const { head, data, final, interim } = frameType;
  expect(open(sealed([head, ownHead], [data, 1], [final, sampleFinal])).at(-1)).toMatchObject({
    type: 'final',
  });
  const variants = [
    sealed([data, 1], [head, ownHead], [final, sampleFinal]),
    sealed([final, sampleFinal]),
    sealed([head, ownHead], [head, ownHead], [final, sampleFinal]),
    sealed([head, ownHead], [final, sampleFinal], [data, 1]),
    sealed([head, { ...ownHead, keyId: filled(1) }]),
    sealed([head, { ...ownHead, extra: 1 }]),
    sealed([head, ownHead], [final, { ...sampleFinal, signature: '0x' }]),
    sealed([head, ownHead], [final, 'text']),
    sealed([head, ownHead], [interim, { receipt: {} }]),
  ];
  for (const bytes of variants) expect(() => open(bytes)).toThrow(responseRefused);
});

test('an output frame whose ids do not fit into it is refused', () => {
  const nonce = new Uint8Array(32).fill(5);
  const sealer = new FrameSealer(responseFrameKeys(job.responseSecret, job.enc, nonce));
  const seal = (type: EncryptedFrameType, bytes: Uint8Array) =>
    sealer.seal(type, padPiece(bytes, { start: 0, end: bytes.length, plaintextBytes: bytes.length + 4 }));
  const ownHead = { status: 200, contentType: 'a/b', hh: job.jobHeaderHash, keyId: job.keyId };
  const bytes = concatBytes(
    fromHex(job.keyId),
    nonce,
    seal(frameType.head, utf8(JSON.stringify(ownHead))),
    seal(frameType.output, Uint8Array.of(0, 2, 0, 0, 0, 1)),
  );
  expect(() => open(bytes)).toThrow(responseRefused);
});

test('a gateway error is shown as untrusted and ends the stream without an answer', () => {
  const { prelude, frames } = response();
  const opener = new ResponseOpener(sample.input.jobHeaderHash, sealed.responseSecrets);
  const events = opener.push(
    concatBytes(prelude, ...frames.slice(0, 2), gatewayErrorFrame('enclave_lost', 'node went away')),
  );
  expect(events.at(-1)).toEqual({
    type: 'gateway-error',
    untrusted: { code: 'enclave_lost', message: 'node went away' },
  });
  expect(() => opener.push(frames[2] ?? new Uint8Array(0))).toThrow(responseRefused);
  expect(() => opener.end()).toThrow(expect.objectContaining({ code: 'stream_truncated' }));
  const unreadable = new ResponseOpener(sample.input.jobHeaderHash, sealed.responseSecrets);
  expect(unreadable.push(concatBytes(prelude, encodeFrame(frameType.gatewayError, utf8('{'))))).toMatchObject(
    [{ untrusted: { code: 'unreadable' } }],
  );
});

test('a strict job shows only equal frames in a power-of-two number, and no interim receipts', async () => {
  const strict = await sampleJob({ header: { padClass: 2 } });
  const strictSealed = await sealRequest(strict.input);
  const opened = await receiveRequest(messageOf(strictSealed), keyAt(strict, 0));
  for (const byteLength of [0, 1, 4092, 4093, 20_000]) {
    const sealer = new ResponseSealer(opened.job);
    const bytes = concatBytes(
      sealer.prelude(),
      sealer.head({ status: 200, contentType: 'application/json' }),
      sealer.output([1, 2, 3], new Uint8Array(byteLength)),
      sealer.interim({ receipt: {}, signature: filled(0x66, 65) }),
      sealer.flush(),
      sealer.final(sampleFinal),
    );
    const events = openResponse(bytes, strict.input.jobHeaderHash, strictSealed.responseSecrets);
    expect(dataOf(events)).toHaveLength(byteLength);
    expect(events.some((event) => event.type === 'interim')).toBe(false);
    const sizes = new FrameDecoder('response')
      .push(bytes.subarray(64))
      .map((frame) => frame.payload.length - 16);
    const dataFrames = byteLength === 0 ? 0 : 2 ** Math.ceil(Math.log2(Math.ceil(byteLength / 4092)));
    expect(sizes).toEqual([8192, ...Array.from({ length: dataFrames }, () => 4096), 8192]);
  }
});

test('the sealer holds its own caller to the order of frames', () => {
  const sealer = new ResponseSealer(job);
  expect(() => sealer.data(utf8('x'))).toThrow('prelude');
  sealer.prelude();
  expect(() => sealer.final(sampleFinal)).toThrow('head');
  sealer.head({ status: 200, contentType: 'application/json' });
  sealer.final(sampleFinal);
  expect(() => sealer.data(utf8('x'))).toThrow('closed');
});

function openResponse(
  bytes: Uint8Array,
  hh: Hex,
  secrets: SealedRequest['responseSecrets'],
): ResponseEvent[] {
  const opener = new ResponseOpener(hh, secrets);
  const events = opener.push(bytes);
  opener.end();
  return events;
}

const dataOf = (events: readonly ResponseEvent[]) =>
  Buffer.concat(events.flatMap((event) => (event.type === 'data' ? [event.bytes] : []))).toString();

import { hashJobHeader, toHex } from '@hearth/attestation/receipt';
import type { JobHeader } from '@hearth/contracts';
import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { concatBytes } from './big-endian.ts';
import { frameType, gatewayErrorFrame, keepAliveFrame } from './frame.ts';
import { FrameSealer } from './frame-cipher.ts';
import { requestFrameKeys } from './frame-keys.ts';
import type { HpkeKey } from './hpke-key.ts';
import { hpkeSuite } from './hpke-suite.ts';
import { CEK_AAD, requestInfo } from './job-secret.ts';
import { openJob, RequestBodyOpener } from './open-request.ts';
import { encodeRequestPrefix, type ParsedRequestPrefix } from './request-prefix.ts';
import {
  filled,
  messageOf,
  receiveRequest,
  type SampleJob,
  sampleDomain,
  sampleJob,
  wholePrefix,
} from './sample-job.ts';
import { type SealedRequest, sealRequest, sealRequestFrames } from './seal-request.ts';
import { MAX_REQUEST_FRAMES } from './wire-limits.ts';

const requestRefused = expect.objectContaining({
  code: 'key_config_mismatch',
  message: 'sealed job request: it could not be opened',
});
const keyAt = (job: SampleJob, index: number) => job.keys[index] as HpkeKey;

let sample: SampleJob;
let sealed: SealedRequest;
let message: Uint8Array;
beforeAll(async () => {
  sample = await sampleJob({ recipients: 2, body: new Uint8Array(5000).fill(7), header: { padClass: 0 } });
  sealed = await sealRequest(sample.input);
  message = messageOf(sealed);
});

test('a request is refused when any header field changed, even if recomputed hashes agree', async () => {
  const header = sample.input.header;
  for (const field of Object.keys(header) as (keyof JobHeader)[]) {
    const changed = { ...header, [field]: changedValue(field, header[field]) } as JobHeader;
    const prefix = { ...wholePrefix(sealed.prefixBytes), header: changed };
    await expect(openJob(prefix, hashJobHeader(sampleDomain, changed), keyAt(sample, 0))).rejects.toThrow(
      requestRefused,
    );
  }
});

test('a request is refused by an enclave that is not a recipient, and under another key of the same enclave', async () => {
  const stranger = (await sampleJob({ recipients: 3 })).keys[2] as HpkeKey;
  const prefix = wholePrefix(message);
  await expect(receiveRequest(message, stranger)).rejects.toThrow(requestRefused);
  const relabelled = { ...stranger, keyId: keyAt(sample, 0).keyId };
  await expect(openJob(prefix, sample.input.jobHeaderHash, relabelled)).rejects.toThrow(requestRefused);
});

test('a request is refused when recipients are dropped, added, swapped or relabelled', async () => {
  const prefix = wholePrefix(message);
  const [first, second] = prefix.recipients;
  if (first === undefined || second === undefined) throw new Error('expected two recipients');
  const variants = [
    [first],
    [second, first],
    [first, second, second],
    [{ ...first, evidenceHash: filled(1) }, second],
    [{ ...first, enclaveKey: filled(1, 20) }, second],
    [{ ...first, measurementHash: filled(1) }, second],
    [
      { ...first, keyId: second.keyId },
      { ...second, keyId: first.keyId },
    ],
    [{ ...first, wrappedCek: second.wrappedCek }, second],
  ];
  for (const recipients of variants) {
    const forged = wholePrefix(encodeRequestPrefix({ ...prefix, recipients }));
    await expect(openJob(forged, sample.input.jobHeaderHash, keyAt(sample, 0))).rejects.toThrow(
      requestRefused,
    );
  }
});

test('a request that names one key twice is refused, though its buyer signed it so', async () => {
  const key = keyAt(sample, 0);
  const twice = await sampleJob({ publicKeys: [key.publicKey, key.publicKey] });
  await expect(receiveRequest(messageOf(await sealRequest(twice.input)), key)).rejects.toThrow(
    requestRefused,
  );
});

test('a request is refused when the wrapped key is not the committed one', async () => {
  const other = await sealWithOtherCek(sample);
  await expect(receiveRequest(other, keyAt(sample, 0))).rejects.toThrow(requestRefused);
});

test('any flipped bit of a request is refused, is a signed field that differs, or belongs to another recipient', async () => {
  const prefixLength = sealed.prefixBytes.length;
  const original = wholePrefix(message);
  await fc.assert(
    fc.asyncProperty(fc.nat(message.length * 8 - 1), async (bit) => {
      const flipped = Uint8Array.from(message);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const outcome = await receiveRequest(flipped, keyAt(sample, 0)).catch((error: Error) => error);
      if (outcome instanceof Error) return expect(outcome.name).toBe('HearthError');
      // It opened, so the bit lies in what signatures and the order's hash cover, or in the other enclave's key.
      expect(bit >> 3).toBeLessThan(prefixLength);
      expect(signedElsewhere(wholePrefix(flipped))).not.toEqual(signedElsewhere(original));
      expect(wholePrefix(flipped).header).toEqual(original.header);
    }),
    { numRuns: 300 },
  );
});

test('a request cut at any offset never gives a body', async () => {
  const prefix = wholePrefix(message);
  const job = await openJob(prefix, sample.input.jobHeaderHash, keyAt(sample, 0));
  for (let length = 0; length < message.length - prefix.bytes.length; length += 7) {
    const opener = new RequestBodyOpener(job, prefix);
    opener.push(message.subarray(prefix.bytes.length, prefix.bytes.length + length));
    expect(() => opener.end()).toThrow(expect.objectContaining({ code: 'stream_truncated' }));
  }
});

test('a request with frames reordered, repeated, dropped, retyped or followed by more is refused', async () => {
  const long = await sampleJob({ body: new Uint8Array(200_000).fill(9) });
  const { prefixBytes, frames } = await sealRequest(long.input);
  const prefix = wholePrefix(prefixBytes);
  const job = await openJob(prefix, long.input.jobHeaderHash, keyAt(long, 0));
  const [a, b, ...rest] = frames as [Uint8Array, Uint8Array, ...Uint8Array[]];
  const last = frames.at(-1) as Uint8Array;
  const retyped = (frame: Uint8Array, type: number) => Uint8Array.of(type, ...frame.subarray(1));
  const variants = [
    [b, a, ...rest],
    [a, a, b, ...rest],
    [a, ...rest],
    [...frames, last],
    [...frames, keepAliveFrame()],
    [retyped(a, frameType.final)],
    [...frames.slice(0, -1), retyped(last, frameType.data)],
    [retyped(a, frameType.head), b, ...rest],
    [gatewayErrorFrame('x', 'y'), ...frames],
  ];
  for (const variant of variants) {
    const opener = new RequestBodyOpener(job, prefix);
    expect(() => opener.push(concatBytes(...variant))).toThrow(requestRefused);
    expect(() => opener.end()).toThrow(expect.objectContaining({ code: 'stream_truncated' }));
  }
});

test('a body that its buyer sealed with another frame type, lying padding or too many frames is refused', async () => {
  const prefix = wholePrefix(message);
  const job = await openJob(prefix, sample.input.jobHeaderHash, keyAt(sample, 0));
  const attempt = (write: (sealer: FrameSealer) => Uint8Array[]) => {
    const opener = new RequestBodyOpener(job, prefix);
    opener.push(concatBytes(...write(new FrameSealer(requestFrameKeys(job.cek, job.jobHeaderHash)))));
    return opener.end().body;
  };
  const empty = new Uint8Array(4);
  expect(attempt((sealer) => [sealer.seal(frameType.final, empty)])).toEqual(new Uint8Array(0));
  expect(() => attempt((sealer) => [sealer.seal(frameType.head, empty)])).toThrow(requestRefused);
  expect(() => attempt((sealer) => [sealer.seal(frameType.final, empty.with(3, 1))])).toThrow(requestRefused);
  expect(() =>
    attempt((sealer) =>
      Array.from({ length: MAX_REQUEST_FRAMES + 1 }, () => sealer.seal(frameType.data, empty)),
    ),
  ).toThrow(requestRefused);
});

function changedValue(field: keyof JobHeader, value: JobHeader[keyof JobHeader]): unknown {
  if (field === 'suite') return 1;
  if (field === 'padClass') return 2;
  if (typeof value === 'bigint') return value + 1n;
  if (typeof value === 'number') return value + 1;
  return filled(0xaa);
}

/** What the sealed part does not bind: the enclave checks it by signature and order hash, or never uses it. */
function signedElsewhere(prefix: ParsedRequestPrefix): unknown {
  const { sessionSignature, order, cumulativeCapPicoUsd, authorizationSignature, recipients } = prefix;
  const otherRecipient = recipients.slice(1).map(({ enc, wrappedCek }) => [toHex(enc), toHex(wrappedCek)]);
  return { sessionSignature, order, cumulativeCapPicoUsd, authorizationSignature, otherRecipient };
}

/** The same signed header, but the wrapped key (and body) are of another content key than it commits to. */
async function sealWithOtherCek(sample: SampleJob): Promise<Uint8Array> {
  const cek = new Uint8Array(32).fill(0x99);
  const { jobHeaderHash, recipients } = sample.input;
  const rewrapped = await Promise.all(
    recipients.map(async ({ publicKey, ...recipient }) => {
      const suite = hpkeSuite(2);
      const key = await suite.DeserializePublicKey(publicKey);
      const info = requestInfo(jobHeaderHash, recipient.keyId);
      const { encapsulatedSecret: enc, ctx } = await suite.SetupSender(key, { info });
      return { ...recipient, enc, wrappedCek: await ctx.Seal(cek, CEK_AAD) };
    }),
  );
  const prefix = encodeRequestPrefix({ ...sample.input, recipients: rewrapped });
  return concatBytes(prefix, ...sealRequestFrames(cek, jobHeaderHash, 0, sample.input.body));
}

import { type Hex, hashJobHeader, sha256, toHex } from '@hearth/attestation/receipt';
import type { JobHeader } from '@hearth/contracts';
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { concatBytes, utf8 } from './big-endian.ts';
import { encodeFrame, frameType, gatewayErrorFrame, keepAliveFrame } from './frame.ts';
import { FrameDecoder } from './frame-decoder.ts';
import type { HpkeKey } from './hpke-key.ts';
import { type OpenedBody, type OpenedJob, openJob, RequestBodyOpener } from './open-request.ts';
import { type ResponseEvent, ResponseOpener } from './open-response.ts';
import { encodeRequestPrefix, type ParsedRequestPrefix, parseRequestPrefix } from './request-prefix.ts';
import type { ResponseFinal } from './response-payloads.ts';
import { filled, type SampleJob, sampleDomain, sampleJob } from './sample-job.ts';
import { type SealedRequest, sealRequest } from './seal-request.ts';
import { ResponseSealer } from './seal-response.ts';

const requestRefused = expect.objectContaining({
  code: 'key_config_mismatch',
  message: 'sealed job request: it could not be opened',
});
const responseRefused = expect.objectContaining({
  code: 'peer_protocol_violation',
  message: 'sealed job response: it could not be opened',
});

const final: ResponseFinal = {
  usage: { inputTokens: 12, cachedInputTokens: 0, outputTokens: 3 },
  finishReason: 'stop',
  receipt: { settlement: { sequence: '1' }, execution: { outcome: 1 } },
  signature: filled(0x77, 65),
};

function parse(bytes: Uint8Array): ParsedRequestPrefix {
  const prefix = parseRequestPrefix(bytes);
  if (prefix === undefined) throw new Error('expected a whole prefix');
  return prefix;
}

/** What the enclave does: the header hash always comes from the header that arrived. */
async function openRequest(message: Uint8Array, key: HpkeKey): Promise<OpenedBody & { job: OpenedJob }> {
  const prefix = parse(message);
  const job = await openJob(prefix, hashJobHeader(sampleDomain, prefix.header), key);
  const opener = new RequestBodyOpener(job, prefix);
  opener.push(message.subarray(prefix.bytes.length));
  return { ...opener.end(), job };
}

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

const messageOf = (sealed: SealedRequest) => concatBytes(sealed.prefixBytes, ...sealed.frames);
const keyAt = (job: SampleJob, index: number) => job.keys[index] as HpkeKey;
const dataOf = (events: readonly ResponseEvent[]) =>
  Buffer.concat(events.flatMap((event) => (event.type === 'data' ? [event.bytes] : []))).toString();

describe.each([
  [2, 'webcrypto'],
  [2, 'noble'],
  [1, 'webcrypto'],
  [1, 'noble'],
] as const)('suite %i on %s', (suite, provider) => {
  test('opens at every recipient, and each answer opens at the buyer', async () => {
    const body = Buffer.alloc(100_000, 'prompt ');
    const sample = await sampleJob({ suite, recipients: 2, body, provider });
    const sealed = await sealRequest(sample.input);
    for (const key of sample.keys) {
      const opened = await openRequest(messageOf(sealed), key);
      expect(Buffer.from(opened.body).equals(body)).toBe(true);
      expect(opened.requestCiphertextHash).toBe(toHex(sha256(messageOf(sealed))));
      expect(opened.requestCiphertextHash).toBe(sealed.requestCiphertextHash);
      const sealer = new ResponseSealer(opened.job);
      const bytes = concatBytes(
        sealer.prelude(),
        sealer.head({ status: 200, contentType: 'text/event-stream' }),
        sealer.data(utf8('hello ')),
        sealer.data(utf8('world')),
        sealer.final(final),
      );
      const events = openResponse(bytes, sample.input.jobHeaderHash, sealed.responseSecrets);
      expect(dataOf(events)).toBe('hello world');
      expect(events.at(-1)).toMatchObject({ type: 'final', final });
    }
  });
});

test('a request sealed by one HPKE implementation opens with the other', async () => {
  const native = await sampleJob({ provider: 'webcrypto' });
  const noble = await sampleJob({ provider: 'noble' });
  for (const [from, to] of [
    [native, noble],
    [noble, native],
  ] as const) {
    const opened = await openRequest(messageOf(await sealRequest(from.input)), keyAt(to, 0));
    expect(opened.body).toEqual(from.input.body);
  }
});

describe('requests', () => {
  let sample: SampleJob;
  let sealed: SealedRequest;
  let message: Uint8Array;
  beforeAll(async () => {
    sample = await sampleJob({ recipients: 2, body: new Uint8Array(5000).fill(7), header: { padClass: 0 } });
    sealed = await sealRequest(sample.input);
    message = messageOf(sealed);
  });

  test('are refused when any header field changed, even if recomputed hashes agree', async () => {
    const header = sample.input.header;
    for (const field of Object.keys(header) as (keyof JobHeader)[]) {
      const changed = { ...header, [field]: changedValue(field, header[field]) } as JobHeader;
      const prefix = { ...parse(sealed.prefixBytes), header: changed };
      await expect(openJob(prefix, hashJobHeader(sampleDomain, changed), keyAt(sample, 0))).rejects.toThrow(
        requestRefused,
      );
    }
  });

  test('are refused by an enclave that is not a recipient, and under another key of the same enclave', async () => {
    const stranger = (await sampleJob({ recipients: 3 })).keys[2] as HpkeKey;
    const prefix = parse(message);
    await expect(openRequest(message, stranger)).rejects.toThrow(requestRefused);
    const relabelled = { ...stranger, keyId: keyAt(sample, 0).keyId };
    await expect(openJob(prefix, sample.input.jobHeaderHash, relabelled)).rejects.toThrow(requestRefused);
  });

  test('are refused when recipients are dropped, added, swapped or relabelled', async () => {
    const prefix = parse(message);
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
      const forged = parse(encodeRequestPrefix({ ...prefix, recipients }));
      await expect(openJob(forged, sample.input.jobHeaderHash, keyAt(sample, 0))).rejects.toThrow(
        requestRefused,
      );
    }
  });

  test('are refused when the wrapped key is not the committed one', async () => {
    const other = await sealWithOtherCek(sample);
    await expect(openRequest(other, keyAt(sample, 0))).rejects.toThrow(requestRefused);
  });

  test('any flipped bit is refused, is a signed field that differs, or belongs to another recipient', async () => {
    const prefixLength = sealed.prefixBytes.length;
    const original = parse(message);
    await fc.assert(
      fc.asyncProperty(fc.nat(message.length * 8 - 1), async (bit) => {
        const flipped = Uint8Array.from(message);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const outcome = await openRequest(flipped, keyAt(sample, 0)).catch((error: Error) => error);
        if (outcome instanceof Error) return expect(outcome.name).toBe('HearthError');
        // It opened, so the bit lies in what signatures and the order's hash cover, or in the other enclave's key.
        expect(bit >> 3).toBeLessThan(prefixLength);
        expect(signedElsewhere(parse(flipped))).not.toEqual(signedElsewhere(original));
        expect(parse(flipped).header).toEqual(original.header);
      }),
      { numRuns: 300 },
    );
  });

  test('cut at any offset never give a body', async () => {
    const prefix = parse(message);
    const job = await openJob(prefix, sample.input.jobHeaderHash, keyAt(sample, 0));
    for (let length = 0; length < message.length - prefix.bytes.length; length += 7) {
      const opener = new RequestBodyOpener(job, prefix);
      opener.push(message.subarray(prefix.bytes.length, prefix.bytes.length + length));
      expect(() => opener.end()).toThrow(expect.objectContaining({ code: 'stream_truncated' }));
    }
  });

  test('with frames reordered, repeated, dropped, retyped or followed by more are refused', async () => {
    const long = await sampleJob({ body: new Uint8Array(200_000).fill(9) });
    const { prefixBytes, frames } = await sealRequest(long.input);
    const prefix = parse(prefixBytes);
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
});

describe('responses', () => {
  let sample: SampleJob;
  let sealed: SealedRequest;
  let job: OpenedJob;
  beforeAll(async () => {
    sample = await sampleJob({ recipients: 2 });
    sealed = await sealRequest(sample.input);
    job = (await openRequest(messageOf(sealed), keyAt(sample, 0))).job;
  });

  function response(of: OpenedJob = job): { prelude: Uint8Array; frames: Uint8Array[]; hash: Hex } {
    const sealer = new ResponseSealer(of, new Uint8Array(32).fill(5));
    const prelude = sealer.prelude();
    const frames = [
      sealer.head({ status: 200, contentType: 'text/event-stream' }),
      sealer.data(utf8('data: one\n\n')),
      sealer.interim({ receipt: { sequence: '1' }, signature: filled(0x66, 65) }),
      sealer.data(utf8('data: two\n\n')),
      sealer.flush(),
    ].filter((frame) => frame.length > 0);
    const hash = sealer.responseCiphertextHash();
    return { prelude, frames: [...frames, sealer.final(final)], hash };
  }
  const open = (bytes: Uint8Array, secrets = sealed.responseSecrets) =>
    openResponse(bytes, sample.input.jobHeaderHash, secrets);

  test('give head, data, interim and final in order at any chunk borders, with the hashes receipts cite', () => {
    const { prelude, frames, hash } = response();
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
        expect(events.at(-1)).toMatchObject({ precedingCiphertextHash: hash });
        expect(events[2]).toMatchObject({
          precedingCiphertextHash: toHex(sha256(concatBytes(prelude, ...frames.slice(0, 2)))),
        });
      }),
      { numRuns: 50 },
    );
    expect(hash).toBe(toHex(sha256(concatBytes(prelude, ...frames.slice(0, -1)))));
  });

  test('may carry keep-alives of the gateway, which no hash counts', () => {
    const { prelude, frames, hash } = response();
    const events = open(concatBytes(prelude, ...frames.flatMap((frame) => [keepAliveFrame(), frame])));
    expect(events.filter((event) => event.type === 'keep-alive')).toHaveLength(frames.length);
    expect(events.at(-1)).toMatchObject({ type: 'final', precedingCiphertextHash: hash });
  });

  test('cut at every offset are truncated, never complete', () => {
    const { prelude, frames } = response();
    const bytes = concatBytes(prelude, ...frames);
    for (let length = 0; length < bytes.length; length++) {
      const opener = new ResponseOpener(sample.input.jobHeaderHash, sealed.responseSecrets);
      const events = opener.push(bytes.subarray(0, length));
      expect(events.some((event) => event.type === 'final')).toBe(false);
      expect(() => opener.end()).toThrow(expect.objectContaining({ code: 'stream_truncated' }));
    }
  });

  test('any flipped bit is refused', () => {
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

  test('reordered, repeated, dropped, retyped or continued are refused and stay refused', () => {
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

  test('of another recipient, job or nonce are refused', async () => {
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
    expect(
      unreadable.push(concatBytes(prelude, encodeFrame(frameType.gatewayError, utf8('{')))),
    ).toMatchObject([{ untrusted: { code: 'unreadable' } }]);
  });

  test('a strict job shows only equal frames in a power-of-two number, and no interim receipts', async () => {
    const strict = await sampleJob({ header: { padClass: 2 } });
    const strictSealed = await sealRequest(strict.input);
    const opened = await openRequest(messageOf(strictSealed), keyAt(strict, 0));
    for (const byteLength of [0, 1, 4092, 4093, 20_000]) {
      const sealer = new ResponseSealer(opened.job);
      const bytes = concatBytes(
        sealer.prelude(),
        sealer.head({ status: 200, contentType: 'application/json' }),
        sealer.data(new Uint8Array(byteLength)),
        sealer.interim({ receipt: {}, signature: filled(0x66, 65) }),
        sealer.flush(),
        sealer.final(final),
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
    expect(() => sealer.final(final)).toThrow('head');
    sealer.head({ status: 200, contentType: 'application/json' });
    sealer.final(final);
    expect(() => sealer.data(utf8('x'))).toThrow('closed');
  });
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
  const { hpkeSuite } = await import('./hpke-suite.ts');
  const { CEK_AAD, requestInfo } = await import('./job-secret.ts');
  const { sealRequestFrames } = await import('./seal-request.ts');
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

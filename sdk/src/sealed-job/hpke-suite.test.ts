import { sha256, toHex } from '@hearth/attestation/receipt';
import { describe, expect, test } from '@jest/globals';
import { concatBytes, utf8 } from './big-endian.ts';
import { generateHpkeKey, type HpkeKey } from './hpke-key.ts';
import { hpkeProviders, hpkeSuite, sealAhead } from './hpke-suite.ts';
import { ResponseOpener } from './open-response.ts';
import { messageOf, receiveRequest, type SampleJob, sampleFinal, sampleJob } from './sample-job.ts';
import { sealRequest } from './seal-request.ts';
import { ResponseSealer } from './seal-response.ts';

const keyAt = (job: SampleJob, index: number) => job.keys[index] as HpkeKey;

describe.each(
  ([1, 2] as const).flatMap((suite) => hpkeProviders(suite).map((provider) => [suite, provider] as const)),
)('suite %i on %s', (suite, provider) => {
  test('opens at every recipient, and each answer opens at the buyer', async () => {
    const body = Buffer.alloc(100_000, 'prompt ');
    const sample = await sampleJob({ suite, recipients: 2, body, provider });
    const sealed = await sealRequest(sample.input);
    for (const key of sample.keys) {
      const opened = await receiveRequest(messageOf(sealed), key);
      expect(Buffer.from(opened.body).equals(body)).toBe(true);
      expect(opened.requestCiphertextHash).toBe(toHex(sha256(messageOf(sealed))));
      expect(opened.requestCiphertextHash).toBe(sealed.requestCiphertextHash);
      const sealer = new ResponseSealer(opened.job);
      const bytes = concatBytes(
        sealer.prelude(),
        sealer.head({ status: 200, contentType: 'text/event-stream' }),
        sealer.data(utf8('hello ')),
        sealer.data(utf8('world')),
        sealer.final(sampleFinal),
      );
      const opener = new ResponseOpener(sample.input.jobHeaderHash, sealed.responseSecrets);
      const events = opener.push(bytes);
      opener.end();
      const data = events.flatMap((event) => (event.type === 'data' ? [event.bytes] : []));
      expect(Buffer.concat(data).toString()).toBe('hello world');
      expect(events.at(-1)).toMatchObject({ type: 'final', final: sampleFinal });
    }
  });
});

test.each(hpkeProviders(2).flatMap((from) => hpkeProviders(2).map((to) => [from, to] as const)))(
  'a request sealed by %s opens with %s',
  async (from, to) => {
    const [sealing, opening] = [await sampleJob({ provider: from }), await sampleJob({ provider: to })];
    const opened = await receiveRequest(messageOf(await sealRequest(sealing.input)), keyAt(opening, 0));
    expect(opened.body).toEqual(sealing.input.body);
  },
);

test.each(hpkeProviders(2))('a private key of %s does not leave it', async (provider) => {
  const { pair } = await generateHpkeKey(2, provider);
  await expect(hpkeSuite(2, provider).SerializePrivateKey(pair.privateKey)).rejects.toThrow('extractable');
});

test('what was made ahead serves one job each: no two share an encapsulated key, and each opens', async () => {
  const sample = await sampleJob({ suite: 2, recipients: 1, body: utf8('prompt') });
  const { publicKey } = keyAt(sample, 0);
  await Promise.all([sealAhead(2, publicKey), sealAhead(2, publicKey)]);
  const sealed = await Promise.all([1, 2, 3].map(() => sealRequest(sample.input)));
  const encs = sealed.flatMap(({ responseSecrets }) => responseSecrets.map(({ enc }) => toHex(enc)));
  expect(new Set(encs).size).toBe(3);
  for (const each of sealed) {
    const opened = await receiveRequest(messageOf(each), keyAt(sample, 0));
    expect(Buffer.from(opened.body).toString()).toBe('prompt');
  }
});

import { sha256, toHex } from '@hearth/attestation/receipt';
import { describe, expect, test } from '@jest/globals';
import { concatBytes, utf8 } from './big-endian.ts';
import type { HpkeKey } from './hpke-key.ts';
import { hpkeProviders } from './hpke-suite.ts';
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

test('a request sealed by one HPKE implementation opens with the other', async () => {
  const preferred = await sampleJob({ provider: hpkeProviders(2)[0] });
  const noble = await sampleJob({ provider: 'noble' });
  for (const [from, to] of [
    [preferred, noble],
    [noble, preferred],
  ] as const) {
    const opened = await receiveRequest(messageOf(await sealRequest(from.input)), keyAt(to, 0));
    expect(opened.body).toEqual(from.input.body);
  }
});

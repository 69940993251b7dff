import { createRequire } from 'node:module';
import { fromHex, toHex } from '@hearth/attestation/receipt';
import { expect, test } from '@jest/globals';
import { concatBytes, utf8 } from './big-endian.ts';
import { commit, verifyOpening } from './commitments.ts';
import { deriveHpkeKey } from './hpke-key.ts';
import { hpkeProviders } from './hpke-suite.ts';
import { cekCommit } from './job-secret.ts';
import { ResponseOpener } from './open-response.ts';
import { recipientsRoot } from './recipients-root.ts';
import { filled, receiveRequest, sampleFinal, wholePrefix } from './sample-job.ts';
import { ResponseSealer } from './seal-response.ts';
import type { Vectors } from './vectors.write.ts';

const vectors = createRequire(import.meta.url)('./vectors.json') as Vectors;

const cases = vectors.exchanges.flatMap((vector) =>
  hpkeProviders(vector.suite).map((provider) => [vector.suite, vector.padClass, provider, vector] as const),
);

test.each(cases)(
  'suite %i, pad class %i on %s: the recorded bytes open and the answer is reproduced',
  async (suite, _, provider, vector) => {
    const key = await deriveHpkeKey(suite, fromHex(vector.keySeed), provider);
    expect(key.keyId).toBe(vector.keyId);
    const message = fromHex(vector.request);
    const opened = await receiveRequest(message, key);
    expect(opened.job.jobHeaderHash).toBe(vector.jobHeaderHash);
    expect(toHex(opened.job.cek)).toBe(vector.cek);
    expect(cekCommit(opened.job.cek)).toBe(vector.cekCommit);
    expect(recipientsRoot(wholePrefix(message).recipients)).toBe(vector.recipientsRoot);
    expect(toHex(opened.body)).toBe(vector.body);
    expect(opened.requestCiphertextHash).toBe(vector.requestCiphertextHash);
    expect(toHex(opened.job.responseSecret)).toBe(vector.responseSecret);

    const sealer = new ResponseSealer(opened.job, fromHex(vector.responseNonce));
    const beforeFinal = concatBytes(
      sealer.prelude(),
      sealer.head({ status: 200, contentType: 'text/event-stream' }),
      sealer.output([1, 70_000], utf8('data: {"a":1}\n\n')),
      sealer.interim({ receipt: { sequence: '1' }, signature: filled(0x66, 65) }),
      sealer.data(utf8('data: [DONE]\n\n')),
      sealer.flush(),
    );
    expect(sealer.responseCiphertextHash()).toBe(vector.responseCiphertextHash);
    expect(toHex(concatBytes(beforeFinal, sealer.final(sampleFinal)))).toBe(vector.response);

    const secrets = [
      { keyId: vector.keyId, enc: fromHex(vector.enc), secret: fromHex(vector.responseSecret) },
    ];
    const opener = new ResponseOpener(vector.jobHeaderHash, secrets);
    const events = opener.push(fromHex(vector.response));
    expect(events[1]).toMatchObject({ type: 'data', tokenIds: vector.padClass === 2 ? [] : [1, 70_000] });
    expect(events.at(-1)).toMatchObject({
      type: 'final',
      precedingCiphertextHash: vector.responseCiphertextHash,
    });
    opener.end();
  },
);

test.each(vectors.commitments)('the $tree commitment has the recorded root and openings', (vector) => {
  expect(commit(vector.tree, vector.items, fromHex(vector.cek))).toBe(vector.root);
  for (const opening of vector.openings) expect(verifyOpening(vector.root, opening)).toBe(true);
});

// Writes vectors.json: node scripts/run.mjs --conditions=source sdk/src/sealed-job/vectors.write.ts
// Encapsulation is random, so each run gives other (equally valid) bytes; run it only when the wire itself changes.
import { writeFileSync } from 'node:fs';
import { toHex } from '@hearth/attestation/receipt';
import { concatBytes, utf8 } from './big-endian.ts';
import { commit, openItems } from './commitments.ts';
import { committedItems } from './committed-items.ts';
import type { HpkeSuiteId } from './hpke-suite.ts';
import type { PadClass } from './padding.ts';
import { filled, messageOf, receiveRequest, sampleCek, sampleFinal, sampleJob } from './sample-job.ts';
import { sealRequest } from './seal-request.ts';
import { ResponseSealer } from './seal-response.ts';

async function exchange(suite: HpkeSuiteId, padClass: PadClass) {
  const request = utf8('{"messages":[{"content":"hi","role":"user"}]}');
  const sample = await sampleJob({ suite, body: request, header: { padClass } });
  const [key] = sample.keys;
  if (key === undefined) throw new Error('expected a key');
  const sealed = await sealRequest(sample.input);
  const { job } = await receiveRequest(messageOf(sealed), key);
  const nonce = new Uint8Array(32).fill(5);
  const sealer = new ResponseSealer(job, nonce);
  const beforeFinal = concatBytes(
    sealer.prelude(),
    sealer.head({ status: 200, contentType: 'text/event-stream' }),
    sealer.output([1, 70_000], utf8('data: {"a":1}\n\n')),
    sealer.interim({ receipt: { sequence: '1' }, signature: filled(0x66, 65) }),
    sealer.data(utf8('data: [DONE]\n\n')),
    sealer.flush(),
  );
  const responseCiphertextHash = sealer.responseCiphertextHash();
  return {
    suite,
    padClass,
    /** DeriveKeyPair of the recipient's key. */
    keySeed: toHex(new Uint8Array(32).fill(0x40)),
    keyId: key.keyId,
    jobHeaderHash: sample.input.jobHeaderHash,
    recipientsRoot: sample.input.header.recipientsRoot,
    cek: toHex(sampleCek),
    cekCommit: sample.input.header.cekCommit,
    body: toHex(request),
    request: toHex(messageOf(sealed)),
    requestCiphertextHash: sealed.requestCiphertextHash,
    enc: toHex(job.enc),
    responseSecret: toHex(job.responseSecret),
    responseNonce: toHex(nonce),
    response: toHex(concatBytes(beforeFinal, sealer.final(sampleFinal))),
    responseCiphertextHash,
  };
}

function commitments() {
  const request = {
    model: 'ember',
    temperature: 0.5,
    messages: [
      { role: 'user', content: 'hi' },
      { role: 'user', content: 'é' },
    ],
  };
  const items = committedItems(request, [{ content: 'hello' }]);
  return (['params', 'prompt', 'output'] as const).map((tree) => ({
    tree,
    cek: toHex(sampleCek),
    items: items[tree],
    root: commit(tree, items[tree], sampleCek),
    openings: openItems(tree, items[tree], sampleCek),
  }));
}

const vectors = {
  wire: 'sealed-job/1',
  exchanges: await Promise.all([exchange(1, 0), exchange(2, 0), exchange(2, 1)]),
  commitments: commitments(),
};
export type Vectors = typeof vectors;
writeFileSync(new URL('./vectors.json', import.meta.url), `${JSON.stringify(vectors, null, 2)}\n`);

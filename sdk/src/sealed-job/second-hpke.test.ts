import { toHex } from '@hearth/attestation/receipt';
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import { describe, expect, test } from '@jest/globals';
import { CEK_AAD, RESPONSE_EXPORTER_CONTEXT, requestInfo } from './job-secret.ts';
import { openJob } from './open-request.ts';
import { sampleCek, sampleJob, wholePrefix } from './sample-job.ts';
import { sealRequest } from './seal-request.ts';

// An HPKE by other authors (hpke-js), so that "both ends agree" does not mean "both ends share one mistake".
const kems = { 1: () => new DhkemX25519HkdfSha256(), 2: () => new XWing() } as const;
const buffer = (bytes: Uint8Array) => Uint8Array.from(bytes).buffer;

describe.each([1, 2] as const)('suite %i', (suiteId) => {
  const other = new CipherSuite({ kem: kems[suiteId](), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

  test('what we seal, the other implementation opens', async () => {
    const theirs = await other.kem.generateKeyPair();
    const publicKey = new Uint8Array(await other.kem.serializePublicKey(theirs.publicKey));
    const ours = await sampleJob({ suite: suiteId, publicKeys: [publicKey] });
    const sealed = await sealRequest(ours.input);
    const recipient = wholePrefix(sealed.prefixBytes).recipients[0];
    if (recipient === undefined) throw new Error('expected a recipient');
    const ctx = await other.createRecipientContext({
      recipientKey: theirs.privateKey,
      enc: buffer(recipient.enc),
      info: buffer(requestInfo(ours.input.jobHeaderHash, recipient.keyId)),
    });
    expect(new Uint8Array(await ctx.open(buffer(recipient.wrappedCek), buffer(CEK_AAD)))).toEqual(sampleCek);
    const secret = new Uint8Array(await ctx.export(buffer(RESPONSE_EXPORTER_CONTEXT), 32));
    expect(toHex(secret)).toBe(toHex(sealed.responseSecrets[0]?.secret ?? new Uint8Array(0)));
  });

  test('what the other implementation seals, we open', async () => {
    const ours = await sampleJob({ suite: suiteId });
    const key = ours.keys[0];
    if (key === undefined) throw new Error('expected a key');
    const prefix = wholePrefix((await sealRequest(ours.input)).prefixBytes);
    const ctx = await other.createSenderContext({
      recipientPublicKey: await other.kem.deserializePublicKey(buffer(key.publicKey)),
      info: buffer(requestInfo(ours.input.jobHeaderHash, key.keyId)),
    });
    const wrappedCek = new Uint8Array(await ctx.seal(buffer(sampleCek), buffer(CEK_AAD)));
    const recipients = prefix.recipients.map((recipient) => ({
      ...recipient,
      enc: new Uint8Array(ctx.enc),
      wrappedCek,
    }));
    const job = await openJob({ ...prefix, recipients }, ours.input.jobHeaderHash, key);
    expect(toHex(job.cek)).toBe(toHex(sampleCek));
    const secret = new Uint8Array(await ctx.export(buffer(RESPONSE_EXPORTER_CONTEXT), 32));
    expect(toHex(job.responseSecret)).toBe(toHex(secret));
  });
});

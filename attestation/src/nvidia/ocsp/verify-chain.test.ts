import { expect, test } from '@jest/globals';
import { createRimAuthorities } from '../../simulated/nvidia-rim/rim-authorities.ts';
import { answerOcsp } from '../../simulated/ocsp/sample-ocsp.ts';
import { sampleAtUnixSec as atUnixSec } from '../../simulated/sample-evidence.ts';
import { parseCertificate } from '../../x509/certificate.ts';
import { nvidiaProfile } from '../../x509/profiles.ts';
import { assertAnswered, statusExpiriesUnixSec, verifyChainStatus } from './verify-chain.ts';

const { chain, signer, authority } = createRimAuthorities();
const path = chain.map((der) => parseCertificate(der, 'certificate', nvidiaProfile));
const nonce = new Uint8Array(32).fill(7);
const aboutSigner = { der: answerOcsp({ certificate: signer, atUnixSec, nonce }), nonce };
const aboutAuthority = { der: answerOcsp({ certificate: authority, atUnixSec }) };

test('each certificate but the last finds its answer, in whatever order they come', () => {
  for (const answers of [
    [aboutSigner, aboutAuthority],
    [aboutAuthority, aboutSigner],
  ]) {
    const statuses = verifyChainStatus({ path, answers, atUnixSec });
    expect(statuses.map(({ commonName, answer }) => [commonName, answer?.status])).toEqual([
      [signer.commonName, 'good'],
      [authority.commonName, 'good'],
    ]);
    expect(() => assertAnswered(statuses)).not.toThrow();
    expect(statusExpiriesUnixSec(statuses)).toEqual([atUnixSec + 82_800, atUnixSec + 82_800]);
  }
});

test('an answer with another nonce than was sent is no answer', () => {
  const answers = [{ der: aboutSigner.der, nonce: new Uint8Array(32) }, aboutAuthority];
  expect(() => assertAnswered(verifyChainStatus({ path, answers, atUnixSec }))).toThrow('ocsp.nonce');
});

test('a certificate that nobody answers about shows as such', () => {
  const statuses = verifyChainStatus({
    path,
    answers: [aboutSigner, { der: Uint8Array.of(0x30) }],
    atUnixSec,
  });
  expect(statuses.map(({ answer }) => answer?.ok)).toEqual([true, undefined]);
  expect(() => assertAnswered(statuses)).toThrow(`an answer about "${authority.commonName}"`);
  expect(statusExpiriesUnixSec(statuses)).toHaveLength(1);
});

test('a bug of ours while looking for answers is no verdict', () => {
  const broken = { der: null as unknown as Uint8Array };
  expect(() => verifyChainStatus({ path, answers: [broken], atUnixSec })).toThrow(TypeError);
});

test('an issuer with an RSA key gives certificates no name here, so nothing is about them', () => {
  const rsa = { algorithm: 'rsa', modulus: new Uint8Array(512), exponent: Uint8Array.of(1, 0, 1) } as const;
  const [subject, issuer] = path;
  if (subject === undefined || issuer === undefined) throw new Error('the sample has a path');
  const strange = [subject, { ...issuer, publicKey: rsa }];
  const statuses = verifyChainStatus({ path: strange, answers: [aboutSigner], atUnixSec });
  expect(statuses.map(({ answer }) => answer)).toEqual([undefined]);
});

import { octetString } from '../../simulated/der-writer.ts';
import { createRimAuthorities, type RimAuthorities } from '../../simulated/nvidia-rim/rim-authorities.ts';
import { type SingleSpec, writeOcspError } from '../../simulated/ocsp/ocsp-writer.ts';
import { answerOcsp, type OcspAdjustments } from '../../simulated/ocsp/sample-ocsp.ts';
import { sampleAtUnixSec as at } from '../../simulated/sample-evidence.ts';
import { createP384SigningKey, deriveP384SecretKey } from '../../simulated/signing-key.ts';
import { serialFor } from '../../simulated/vendor.ts';
import { parseCertificate } from '../../x509/certificate.ts';
import { nvidiaProfile } from '../../x509/profiles.ts';
import type { OcspCheckId } from './check-ids.ts';
import type { OcspInput } from './verify.ts';

/** One defect, and the check that alone sees it. */
export type OcspFault = readonly [id: OcspCheckId, fault: string, input: () => OcspInput];

export const sampleNonce = Uint8Array.from({ length: 32 }, (_, index) => 0x40 + index);
const stranger = createP384SigningKey(deriveP384SecretKey('a stranger'));
const parse = (der: Uint8Array) => parseCertificate(der, 'certificate', nvidiaProfile);

/** A question about the RIM signer, answered by its issuer's responder. */
export function sampleOcsp(adjust: OcspAdjustments = {}, change: Partial<OcspInput> = {}): OcspInput {
  const authorities = createRimAuthorities();
  return {
    der: answerOcsp({ certificate: authorities.signer, atUnixSec: at, nonce: sampleNonce, adjust }),
    ...certificates(authorities),
    atUnixSec: at,
    nonce: sampleNonce,
    ...change,
  };
}

/** An answer by the issuing CA itself, without a responder. */
export function byIssuer(id: 'key' | 'name'): OcspInput {
  const { authorityKey, authority } = createRimAuthorities();
  return sampleOcsp({
    response: (spec) => ({
      ...spec,
      signingKey: authorityKey,
      responderId: id === 'key' ? authorityKey : authority.commonName,
      certificates: [],
    }),
  });
}

export const ocspFaults: readonly OcspFault[] = [
  ['ocsp.format', 'it is empty', () => raw(new Uint8Array())],
  ['ocsp.format', 'the responder says try later', () => raw(writeOcspError(3))],
  ['ocsp.format', 'it has a byte too much', () => edited((der) => Uint8Array.of(...der, 0))],
  ['ocsp.format', 'it is larger than any', () => raw(new Uint8Array(64 * 1024 + 1))],
  ['ocsp.format', 'it says nothing about anybody', () => response({ singles: [] })],
  [
    'ocsp.format',
    'it speaks of 65 certificates',
    () =>
      sampleOcsp({
        response: (spec) => ({ ...spec, singles: spec.singles.flatMap((one) => many(one, 65)) }),
      }),
  ],
  [
    'ocsp.format',
    'it brings nine certificates along',
    () =>
      sampleOcsp({
        response: (spec) => ({ ...spec, certificates: spec.certificates.flatMap((der) => many(der, 9)) }),
      }),
  ],
  ['ocsp.format', 'it never goes stale', () => single({ nextUpdateUnixSec: undefined })],
  [
    'ocsp.format',
    'it has a critical extension',
    () =>
      single({
        extensions: [{ id: '1.3.6.1.5.5.7.48.1.6', critical: true, value: octetString(sampleNonce) }],
      }),
  ],
  [
    'ocsp.format',
    'the certificate is named by SHA-256',
    () => replaced([0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2], 8, 1),
  ],
  ['ocsp.responder', 'no certificate comes with it', () => response({ certificates: [] })],
  ['ocsp.responder', 'it names somebody else', () => response({ responderId: 'Somebody Else' })],
  [
    'ocsp.responder',
    'the responder is not made for OCSP signing',
    () => sampleOcsp({ responder: (spec) => ({ ...spec, extraExtensions: [] }) }),
  ],
  ['ocsp.responder', 'the responder is of another CA of the vendor', () => otherAuthority()],
  [
    'ocsp.responder',
    'a stranger made the responder',
    () => sampleOcsp({ responder: (spec) => ({ ...spec, issuerKey: stranger }) }),
  ],
  [
    'ocsp.responder',
    'the responder is a CA',
    () => sampleOcsp({ responder: (spec) => ({ ...spec, caPathLength: 0 }) }),
  ],
  [
    'ocsp.responder-validity',
    'the responder has expired',
    () => sampleOcsp({ responder: (spec) => ({ ...spec, notAfterUnixSec: at - 1 }) }),
  ],
  ['ocsp.signature', 'a stranger signed it', () => response({ signingKey: stranger })],
  ['ocsp.certificate', 'it is about another certificate', () => single({ serial: serialFor('another') })],
  ['ocsp.certificate', 'it is about another issuer', () => single({ issuerKey: stranger })],
  [
    'ocsp.certificate',
    'it answers twice, good and revoked',
    () =>
      sampleOcsp({
        response: (spec) => ({
          ...spec,
          singles: spec.singles.flatMap((one) => [one, { ...one, status: { revokedAtUnixSec: at - 9 } }]),
        }),
      }),
  ],
  ['ocsp.freshness', 'it is of the future', () => single({ thisUpdateUnixSec: at + 1 })],
  ['ocsp.freshness', 'it is stale', () => single({ nextUpdateUnixSec: at - 1 })],
  ['ocsp.nonce', 'it has no nonce', () => response({ nonce: undefined })],
  ['ocsp.nonce', 'it has another nonce', () => sampleOcsp({}, { nonce: new Uint8Array(32) })],
  ['ocsp.known', 'the responder does not know the certificate', () => single({ status: 'unknown' })],
  ['ocsp.status', 'the certificate is revoked', () => single({ status: { revokedAtUnixSec: at - 9 } })],
  [
    'ocsp.status',
    'the certificate is revoked for key compromise',
    () => single({ status: { revokedAtUnixSec: at - 9, reason: 1 } }),
  ],
  [
    'ocsp.status',
    'the certificate is on hold',
    () => single({ status: { revokedAtUnixSec: at - 9, reason: 6 } }),
  ],
];

function certificates({
  chain: [signer, authority],
}: RimAuthorities): Pick<OcspInput, 'certificate' | 'issuer'> {
  return { certificate: parse(signer), issuer: parse(authority) };
}

function raw(der: Uint8Array): OcspInput {
  return sampleOcsp({}, { der });
}

function edited(change: (der: Uint8Array) => Uint8Array): OcspInput {
  const input = sampleOcsp();
  return { ...input, der: change(input.der) };
}

/** The first place of `bytes`, with the byte at `offset` in it changed to `to`. */
function replaced(bytes: readonly number[], offset: number, to: number): OcspInput {
  return edited((der) => {
    const start = der.findIndex((_, index) => bytes.every((byte, at) => der[index + at] === byte));
    return der.map((byte, index) => (index === start + offset ? to : byte));
  });
}

function single(change: Partial<SingleSpec>): OcspInput {
  return sampleOcsp({ single: (spec) => ({ ...spec, ...change }) });
}

function response(change: Partial<Parameters<NonNullable<OcspAdjustments['response']>>[0]>): OcspInput {
  return sampleOcsp({ response: (spec) => ({ ...spec, ...change }) });
}

/** The root's responder speaks about what the intermediate issued. */
function otherAuthority(): OcspInput {
  const { rootKey, authority } = createRimAuthorities();
  return sampleOcsp({
    responder: (spec) => ({ ...spec, issuerKey: rootKey, issuerCommonName: authority.issuerCommonName }),
  });
}

function many<T>(one: T, count: number): T[] {
  return Array.from({ length: count }, () => one);
}

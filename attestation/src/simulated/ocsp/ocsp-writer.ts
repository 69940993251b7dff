import { createHash } from 'node:crypto';
import { sha384 } from '../../crypto/index.ts';
import { derTag } from '../../x509/der-reader.ts';
import { oid } from '../../x509/oids.ts';
import { type ExtensionSpec, writeExtension, writeName } from '../certificate-writer.ts';
import { bitString, element, objectId, octetString, sequence, unsigned } from '../der-writer.ts';
import type { SigningKey } from '../signing-key.ts';

export const ocspSigningUsage: ExtensionSpec = {
  id: oid.extendedKeyUsage,
  critical: true,
  value: sequence(objectId(oid.ocspSigning)),
};

export type OcspStatusSpec =
  | 'good'
  | 'unknown'
  /** CRLReason of RFC 5280; 6 is a hold. */
  | { readonly revokedAtUnixSec: number; readonly reason?: number };

/** What is said about one certificate. */
export type SingleSpec = {
  readonly issuerCommonName: string;
  readonly issuerKey: SigningKey;
  readonly serial: Uint8Array;
  readonly status: OcspStatusSpec;
  readonly thisUpdateUnixSec: number;
  readonly nextUpdateUnixSec: number | undefined;
  readonly extensions?: readonly ExtensionSpec[];
};

/** What goes into a response; fault tests change a field before it is signed. */
export type OcspSpec = {
  readonly singles: readonly SingleSpec[];
  readonly producedAtUnixSec: number;
  /** By the SHA-1 of its key, or by name. */
  readonly responderId: SigningKey | string;
  readonly signingKey: SigningKey;
  readonly nonce: Uint8Array | undefined;
  readonly certificates: readonly Uint8Array[];
};

/** A successful OCSPResponse with a BasicOCSPResponse (RFC 6960 §4.2.1). */
export function writeOcspResponse(spec: OcspSpec): Uint8Array {
  const data = sequence(
    writeResponderId(spec.responderId),
    generalizedTime(spec.producedAtUnixSec),
    sequence(...spec.singles.map(writeSingle)),
    ...(spec.nonce === undefined ? [] : [writeNonce(spec.nonce)]),
  );
  const { signingKey, certificates } = spec;
  const basic = sequence(
    data,
    signingKey.signatureAlgorithm,
    bitString(signingKey.signDer(data)),
    ...(certificates.length === 0 ? [] : [element(derTag.context0, sequence(...certificates))]),
  );
  const bytes = sequence(objectId('1.3.6.1.5.5.7.48.1.1'), octetString(basic));
  return sequence(element(derTag.enumerated, Uint8Array.of(0)), element(derTag.context0, bytes));
}

/** An answer that is only an error code, such as tryLater (3). */
export function writeOcspError(code: number): Uint8Array {
  return sequence(element(derTag.enumerated, Uint8Array.of(code)));
}

function writeResponderId(id: SigningKey | string): Uint8Array {
  if (typeof id === 'string') return element(derTag.context1, writeName(id));
  const hash = createHash('sha1').update(id.subjectPublicKey).digest();
  return element(derTag.context2, octetString(hash));
}

function writeSingle(spec: SingleSpec): Uint8Array {
  const { nextUpdateUnixSec, extensions = [] } = spec;
  return sequence(
    sequence(
      sequence(objectId('2.16.840.1.101.3.4.2.2'), element(derTag.null)),
      octetString(sha384(writeName(spec.issuerCommonName))),
      octetString(sha384(spec.issuerKey.subjectPublicKey)),
      unsigned(spec.serial),
    ),
    writeStatus(spec.status),
    generalizedTime(spec.thisUpdateUnixSec),
    ...(nextUpdateUnixSec === undefined
      ? []
      : [element(derTag.context0, generalizedTime(nextUpdateUnixSec))]),
    ...(extensions.length === 0
      ? []
      : [element(derTag.context1, sequence(...extensions.map(writeExtension)))]),
  );
}

function writeStatus(status: OcspStatusSpec): Uint8Array {
  if (status === 'good') return element(0x80);
  if (status === 'unknown') return element(0x82);
  const { revokedAtUnixSec, reason } = status;
  return element(
    derTag.context1,
    generalizedTime(revokedAtUnixSec),
    ...(reason === undefined
      ? []
      : [element(derTag.context0, element(derTag.enumerated, Uint8Array.of(reason)))]),
  );
}

function writeNonce(nonce: Uint8Array): Uint8Array {
  const extension = { id: '1.3.6.1.5.5.7.48.1.2', critical: false, value: octetString(nonce) };
  return element(derTag.context1, sequence(writeExtension(extension)));
}

function generalizedTime(unixSec: number): Uint8Array {
  const digits = new Date(unixSec * 1000).toISOString().replace(/\.000Z$/, 'Z');
  return element(derTag.generalizedTime, new TextEncoder().encode(digits.replace(/[-:T]/g, '')));
}

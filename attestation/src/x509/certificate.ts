import { bytesToHex, type Hex } from '../bytes/hex.ts';
import { formatError } from '../errors.ts';
import type { SignatureAlgorithm } from './algorithms.ts';
import { type KeyUsage, readBasicConstraints, readKeyUsage } from './certificate-extensions.ts';
import { derTag } from './der-reader.ts';
import { readSmallInteger, readTime, readUnsigned } from './der-values.ts';
import { type Extension, readExtensions } from './extensions.ts';
import { readCommonName } from './names.ts';
import { oid } from './oids.ts';
import type { CertificateProfile } from './profiles.ts';
import { type PublicKey, readPublicKey } from './public-key.ts';
import { readSignedObject } from './signed-object.ts';

/** An X.509 v3 certificate of one of the profiles. Arrays are views of the DER. */
export type Certificate = {
  readonly der: Uint8Array;
  readonly tbs: Uint8Array;
  readonly signatureAlgorithm: SignatureAlgorithm;
  /** r ‖ s, or an RSA signature. */
  readonly signature: Uint8Array;
  /** Big-endian magnitude without sign byte. */
  readonly serial: Hex;
  /** DER of the Name; names are compared as bytes, never as rendered text. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly subjectCommonName: string;
  readonly notBeforeUnixSec: number;
  readonly notAfterUnixSec: number;
  readonly publicKey: PublicKey;
  readonly isCa: boolean;
  /** How many intermediate CAs may follow; undefined = unlimited. */
  readonly pathLength: number | undefined;
  readonly keyUsage: KeyUsage;
  /** Every extension by OID; `value` is the contents of its OCTET STRING. */
  readonly extensions: ReadonlyMap<string, Extension>;
};

/** Parses a certificate that must be of `profile`; throws EvidenceError `format`. */
export function parseCertificate(der: Uint8Array, thing: string, profile: CertificateProfile): Certificate {
  const signed = readSignedObject(der, profile.signatures, thing);
  const { body } = signed;
  const version = readSmallInteger(body.enter(derTag.context0, 'version'), `${thing}, version`);
  if (version !== 2) throw formatError(`${thing}, version`, { expected: 'v3', actual: `v${version + 1}` });
  const serial = bytesToHex(readUnsigned(body, `${thing}, serial`));
  signed.readRepeatedAlgorithm();
  const issuer = body.next(derTag.sequence, 'issuer').encoded;
  const validity = body.enter(derTag.sequence, 'validity');
  const notBeforeUnixSec = readTime(validity, `${thing}, notBefore`, profile.times);
  const notAfterUnixSec = readTime(validity, `${thing}, notAfter`, profile.times);
  validity.finish();
  const subject = body.next(derTag.sequence, 'subject').encoded;
  const publicKey = readPublicKey(body, profile.keys, thing);
  const wrapper = body.enter(derTag.context3, 'extensions');
  const extensions = readExtensions(wrapper.enter(derTag.sequence, 'list'), profile.understood, thing);
  wrapper.finish();
  body.finish();
  return {
    der,
    tbs: signed.tbs,
    signatureAlgorithm: signed.signatureAlgorithm,
    signature: signed.signature,
    serial,
    issuer,
    subject,
    subjectCommonName: readCommonName(subject, `${thing}, subject`),
    notBeforeUnixSec,
    notAfterUnixSec,
    publicKey,
    ...readBasicConstraints(extensions.get(oid.basicConstraints), thing),
    keyUsage: readKeyUsage(extensions.get(oid.keyUsage), thing),
    extensions,
  };
}

import { createHash } from 'node:crypto';
import { derTag } from '../x509/der-reader.ts';
import { oid } from '../x509/oids.ts';
import {
  bitString,
  boolean,
  element,
  objectId,
  octetString,
  printableString,
  sequence,
  smallInteger,
  time,
  unsigned,
  utf8String,
} from './der-writer.ts';
import type { SigningKey } from './signing-key.ts';

export type ExtensionSpec = { readonly id: string; readonly critical: boolean; readonly value: Uint8Array };

/** What goes into a certificate; fault tests change a field before it is signed. */
export type CertificateSpec = {
  readonly commonName: string;
  readonly issuerCommonName: string;
  readonly serial: Uint8Array;
  readonly notBeforeUnixSec: number;
  readonly notAfterUnixSec: number;
  readonly subjectKey: SigningKey;
  /** Signs; its public key is the authority key identifier. */
  readonly issuerKey: SigningKey;
  /** Path length of a CA; undefined for an end entity. */
  readonly caPathLength: number | undefined;
  /** Besides the usual ones. */
  readonly extraExtensions: readonly ExtensionSpec[];
  /** Instead of the usual ones, where a vendor writes others. */
  readonly ownExtensions?: readonly ExtensionSpec[];
};

/** KeyUsage bits, first byte. */
const caUsage = { bits: 0x06, unusedBits: 1 };
const endEntityUsage = { bits: 0xc0, unusedBits: 6 };

export function writeCertificate(spec: CertificateSpec): Uint8Array {
  const tbs = sequence(
    element(derTag.context0, smallInteger(2)),
    unsigned(spec.serial),
    spec.issuerKey.signatureAlgorithm,
    writeName(spec.issuerCommonName),
    sequence(time(spec.notBeforeUnixSec), time(spec.notAfterUnixSec)),
    writeName(spec.commonName),
    sequence(spec.subjectKey.keyAlgorithm, bitString(spec.subjectKey.subjectPublicKey)),
    element(derTag.context3, sequence(...extensionsOf(spec).map(writeExtension))),
  );
  return writeSigned(tbs, spec.issuerKey);
}

/** SEQUENCE { tbs, algorithm, signature }, for certificates and CRLs. */
export function writeSigned(tbs: Uint8Array, key: SigningKey): Uint8Array {
  return sequence(tbs, key.signatureAlgorithm, bitString(key.signDer(tbs)));
}

/** Same shape as Intel's names; organisation and place say what this is. */
export function writeName(commonName: string): Uint8Array {
  const attribute = (id: string, text: Uint8Array): Uint8Array =>
    element(derTag.set, sequence(objectId(id), text));
  return sequence(
    attribute(oid.commonName, utf8String(commonName)),
    attribute('2.5.4.10', utf8String('Hearth development, worthless by design')),
    attribute('2.5.4.7', utf8String('Nowhere')),
    attribute('2.5.4.8', utf8String('XX')),
    attribute('2.5.4.6', printableString('XX')),
  );
}

export function writeExtension({ id, critical, value }: ExtensionSpec): Uint8Array {
  return sequence(objectId(id), ...(critical ? [boolean(true)] : []), octetString(value));
}

export function authorityKeyIdentifier(issuerKey: SigningKey): ExtensionSpec {
  const value = sequence(element(0x80, keyIdentifier(issuerKey)));
  return { id: oid.authorityKeyIdentifier, critical: false, value };
}

function extensionsOf({
  issuerKey,
  subjectKey,
  caPathLength,
  extraExtensions,
  ownExtensions,
}: CertificateSpec): ExtensionSpec[] {
  const isCa = caPathLength !== undefined;
  const usage = isCa ? caUsage : endEntityUsage;
  const constraints = isCa ? sequence(boolean(true), smallInteger(caPathLength)) : sequence();
  const usual = ownExtensions ?? [
    authorityKeyIdentifier(issuerKey),
    { id: oid.crlDistributionPoints, critical: false, value: distributionPoint },
    { id: oid.subjectKeyIdentifier, critical: false, value: octetString(keyIdentifier(subjectKey)) },
    { id: oid.keyUsage, critical: true, value: bitString(Uint8Array.of(usage.bits), usage.unusedBits) },
    { id: oid.basicConstraints, critical: true, value: constraints },
  ];
  return [...usual, ...extraExtensions];
}

/** DistributionPointName fullName URI; a reserved name, so that nobody ever fetches it. */
const distributionPoint = sequence(
  sequence(
    element(
      0xa0,
      element(0xa0, element(0x86, Buffer.from('https://crl.hearth.invalid/simulated.der', 'latin1'))),
    ),
  ),
);

function keyIdentifier({ subjectPublicKey }: SigningKey): Uint8Array {
  return createHash('sha1').update(subjectPublicKey).digest();
}

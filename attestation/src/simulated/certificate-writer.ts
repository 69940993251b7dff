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
import { derSignature, type SigningKey } from './signing-key.ts';

export type ExtensionSpec = { readonly id: string; readonly critical: boolean; readonly value: Uint8Array };

/** What goes into a certificate; fault tests change a field before it is signed. */
export type CertificateSpec = {
  readonly commonName: string;
  readonly issuerCommonName: string;
  readonly serial: Uint8Array;
  readonly notBeforeUnixSec: number;
  readonly notAfterUnixSec: number;
  readonly publicKey: Uint8Array;
  /** Signs; its public key is the authority key identifier. */
  readonly issuerKey: SigningKey;
  /** Path length of a CA; undefined for an end entity. */
  readonly caPathLength: number | undefined;
  readonly extraExtensions: readonly ExtensionSpec[];
};

/** KeyUsage bits, first byte. */
const caUsage = { bits: 0x06, unusedBits: 1 };
const endEntityUsage = { bits: 0xc0, unusedBits: 6 };

export function writeCertificate(spec: CertificateSpec): Uint8Array {
  const tbs = sequence(
    element(derTag.context0, smallInteger(2)),
    unsigned(spec.serial),
    ecdsaWithSha256,
    writeName(spec.issuerCommonName),
    sequence(time(spec.notBeforeUnixSec), time(spec.notAfterUnixSec)),
    writeName(spec.commonName),
    sequence(
      sequence(objectId(oid.ecPublicKey), objectId(oid.prime256v1)),
      bitString(Buffer.concat([Buffer.of(4), spec.publicKey])),
    ),
    element(derTag.context3, sequence(...extensionsOf(spec).map(writeExtension))),
  );
  return writeSigned(tbs, spec.issuerKey);
}

/** SEQUENCE { tbs, algorithm, signature }, for certificates and CRLs. */
export function writeSigned(tbs: Uint8Array, key: SigningKey): Uint8Array {
  return sequence(tbs, ecdsaWithSha256, bitString(derSignature(key.sign(tbs))));
}

export const ecdsaWithSha256 = sequence(objectId(oid.ecdsaWithSha256));

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
  const value = sequence(element(0x80, keyIdentifier(issuerKey.publicKey)));
  return { id: oid.authorityKeyIdentifier, critical: false, value };
}

function extensionsOf({
  issuerKey,
  publicKey,
  caPathLength,
  extraExtensions,
}: CertificateSpec): ExtensionSpec[] {
  const isCa = caPathLength !== undefined;
  const usage = isCa ? caUsage : endEntityUsage;
  const constraints = isCa ? sequence(boolean(true), smallInteger(caPathLength)) : sequence();
  return [
    authorityKeyIdentifier(issuerKey),
    { id: oid.crlDistributionPoints, critical: false, value: distributionPoint },
    { id: oid.subjectKeyIdentifier, critical: false, value: octetString(keyIdentifier(publicKey)) },
    { id: oid.keyUsage, critical: true, value: bitString(Uint8Array.of(usage.bits), usage.unusedBits) },
    { id: oid.basicConstraints, critical: true, value: constraints },
    ...extraExtensions,
  ];
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

function keyIdentifier(publicKey: Uint8Array): Uint8Array {
  return createHash('sha1').update(Buffer.of(4)).update(publicKey).digest();
}

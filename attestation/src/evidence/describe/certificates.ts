import { type Certificate, parseCertificate } from '../../x509/certificate.ts';
import { readName } from '../../x509/names.ts';
import { oid } from '../../x509/oids.ts';
import type { CertificateProfile } from '../../x509/profiles.ts';
import { row, rowsOf, type Section } from './rows.ts';

/** One section per certificate. Throws EvidenceError for what is no certificate of the profile. */
export function describeCertificates(
  title: string,
  ders: readonly Uint8Array[],
  profile: CertificateProfile,
  more: (certificate: Certificate, index: number) => Section['rows'] = () => [],
): Section[] {
  return ders.map((der, index) => {
    const certificate = parseCertificate(der, `${title} ${index}`, profile);
    return {
      title: `${title} ${index}: ${certificate.subjectCommonName}`,
      rows: [...describeOne(certificate), ...more(certificate, index)],
    };
  });
}

function describeOne(certificate: Certificate): Section['rows'] {
  const { subject, issuer, serial, notBeforeUnixSec, notAfterUnixSec, isCa, pathLength } = certificate;
  return [
    row('subject', nameText(subject)),
    row('issuer', nameText(issuer)),
    ...rowsOf({ serial, notBeforeUnixSec, notAfterUnixSec }),
    row('key', certificate.publicKey.algorithm),
    row('signature', certificate.signatureAlgorithm),
    row('CA', isCa, isCa && pathLength !== undefined ? `at most ${pathLength} CAs below` : undefined),
    row('extensions', [...certificate.extensions.keys()].join(' ') || 'none'),
  ];
}

const short: Readonly<Record<string, string>> = {
  [oid.commonName]: 'CN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
};

function nameText(name: Uint8Array): string {
  return readName(name, 'name')
    .map(({ id, text }) => `${short[id] ?? id}=${text}`)
    .join(', ');
}

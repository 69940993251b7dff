import { derTag } from '../x509/der-reader.ts';
import { oid } from '../x509/oids.ts';
import {
  authorityKeyIdentifier,
  type ExtensionSpec,
  writeExtension,
  writeName,
  writeSigned,
} from './certificate-writer.ts';
import { element, sequence, smallInteger, time, unsigned } from './der-writer.ts';
import type { SigningKey } from './signing-key.ts';

/** What goes into a CRL; fault tests change a field before it is signed. */
export type CrlSpec = {
  readonly issuerCommonName: string;
  readonly issuerKey: SigningKey;
  readonly thisUpdateUnixSec: number;
  readonly nextUpdateUnixSec: number;
  readonly revokedSerials: readonly Uint8Array[];
};

export function writeCrl(spec: CrlSpec): Uint8Array {
  const { issuerCommonName, issuerKey, thisUpdateUnixSec, nextUpdateUnixSec, revokedSerials } = spec;
  const entries = revokedSerials.map((serial) =>
    sequence(unsigned(serial), time(thisUpdateUnixSec), sequence(writeExtension(keyCompromise))),
  );
  const extensions = [
    { id: oid.crlNumber, critical: false, value: smallInteger(1) },
    authorityKeyIdentifier(issuerKey),
  ];
  const tbs = sequence(
    smallInteger(1),
    issuerKey.signatureAlgorithm,
    writeName(issuerCommonName),
    time(thisUpdateUnixSec),
    time(nextUpdateUnixSec),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    element(derTag.context0, sequence(...extensions.map(writeExtension))),
  );
  return writeSigned(tbs, issuerKey);
}

const keyCompromise: ExtensionSpec = {
  id: oid.crlReason,
  critical: false,
  value: element(derTag.enumerated, Uint8Array.of(1)),
};

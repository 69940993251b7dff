import { bytesToHex, type Hex } from '../bytes/hex.ts';
import { formatError } from '../errors.ts';
import type { SignatureAlgorithm } from './algorithms.ts';
import { type DerReader, derTag } from './der-reader.ts';
import { readSmallInteger, readTime, readUnsigned, type TimeForm } from './der-values.ts';
import { readExtensions } from './extensions.ts';
import type { CertificateProfile } from './profiles.ts';
import { readSignedObject } from './signed-object.ts';

/** A complete X.509 v2 CRL of one issuer. */
export type Crl = {
  readonly tbs: Uint8Array;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly signature: Uint8Array;
  readonly issuer: Uint8Array;
  readonly thisUpdateUnixSec: number;
  readonly nextUpdateUnixSec: number;
  readonly revokedSerials: ReadonlySet<Hex>;
};

/** No vendor's list comes near these. */
const crlLimits = { maxBytes: 1024 * 1024, maxEntries: 16_384 };

/** No critical extension is understood, which refuses delta, indirect and partitioned CRLs (RFC 5280 §5.2). */
const understood: ReadonlySet<string> = new Set();

/** What of an issuer's profile concerns its CRLs. */
type CrlProfile = Pick<CertificateProfile, 'signatures' | 'times'>;

/** Parses a CRL of an issuer of `profile`; throws EvidenceError `format`. */
export function parseCrl(der: Uint8Array, thing: string, profile: CrlProfile): Crl {
  if (der.length > crlLimits.maxBytes) {
    throw formatError(thing, { expected: `at most ${crlLimits.maxBytes} bytes`, actual: `${der.length}` });
  }
  const { body, readRepeatedAlgorithm, ...signed } = readSignedObject(der, profile.signatures, thing);
  const version = readSmallInteger(body, `${thing}, version`);
  if (version !== 1) throw formatError(`${thing}, version`, { expected: 'v2', actual: `v${version + 1}` });
  readRepeatedAlgorithm();
  const issuer = body.next(derTag.sequence, 'issuer').encoded;
  const thisUpdateUnixSec = readTime(body, `${thing}, thisUpdate`, profile.times);
  const nextUpdateUnixSec = readTime(body, `${thing}, nextUpdate`, profile.times);
  const revokedSerials =
    body.peekTag() === derTag.sequence
      ? readRevokedSerials(body.enter(derTag.sequence, 'revoked certificates'), profile.times, thing)
      : new Set<Hex>();
  const wrapper = body.enter(derTag.context0, 'extensions');
  readExtensions(wrapper.enter(derTag.sequence, 'list'), understood, thing);
  wrapper.finish();
  body.finish();
  return { ...signed, issuer, thisUpdateUnixSec, nextUpdateUnixSec, revokedSerials };
}

/** Entries one after another; nothing of an entry is kept but its serial. */
function readRevokedSerials(list: DerReader, times: TimeForm, thing: string): Set<Hex> {
  const serials = new Set<Hex>();
  for (let count = 0; !list.done; count += 1) {
    if (count === crlLimits.maxEntries) {
      throw formatError(thing, { expected: `at most ${crlLimits.maxEntries} entries` });
    }
    const entry = list.enter(derTag.sequence, 'revoked certificate');
    serials.add(bytesToHex(readUnsigned(entry, `${thing}, serial`)));
    readTime(entry, `${thing}, revocation date`, times);
    if (!entry.done) readExtensions(entry.enter(derTag.sequence, 'entry extensions'), understood, thing);
    entry.finish();
  }
  return serials;
}

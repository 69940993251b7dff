import { bytesToHex, type Hex } from '../bytes/hex.ts';
import { formatError } from '../errors.ts';
import { type DerReader, derTag } from './der-reader.ts';
import { readSmallInteger, readTime, readUnsigned } from './der-values.ts';
import { readExtensions } from './extensions.ts';
import { readSignatureAlgorithm, readSignedObject } from './signed-object.ts';

/** A complete X.509 v2 CRL of one issuer. */
export type Crl = {
  readonly tbs: Uint8Array;
  readonly signature: Uint8Array;
  readonly issuer: Uint8Array;
  readonly thisUpdateUnixSec: number;
  readonly nextUpdateUnixSec: number;
  readonly revokedSerials: ReadonlySet<Hex>;
};

/** No critical extension is understood, which refuses delta, indirect and partitioned CRLs (RFC 5280 §5.2). */
const understood: ReadonlySet<string> = new Set();

export function parseCrl(der: Uint8Array, thing = 'CRL'): Crl {
  const { tbs, body, signature } = readSignedObject(der, thing);
  const version = readSmallInteger(body, `${thing}, version`);
  if (version !== 1) throw formatError(`${thing}, version`, { expected: 'v2', actual: `v${version + 1}` });
  readSignatureAlgorithm(body, thing);
  const issuer = body.next(derTag.sequence, 'issuer').encoded;
  const thisUpdateUnixSec = readTime(body, `${thing}, thisUpdate`);
  const nextUpdateUnixSec = readTime(body, `${thing}, nextUpdate`);
  const revokedSerials =
    body.peekTag() === derTag.sequence
      ? readRevokedSerials(body.enter(derTag.sequence, 'revoked certificates'), thing)
      : new Set<Hex>();
  const wrapper = body.enter(derTag.context0, 'extensions');
  readExtensions(wrapper.enter(derTag.sequence, 'list'), understood, thing);
  wrapper.finish();
  body.finish();
  return { tbs, signature, issuer, thisUpdateUnixSec, nextUpdateUnixSec, revokedSerials };
}

function readRevokedSerials(list: DerReader, thing: string): Set<Hex> {
  const serials = new Set<Hex>();
  while (!list.done) {
    const entry = list.enter(derTag.sequence, 'revoked certificate');
    serials.add(bytesToHex(readUnsigned(entry, `${thing}, serial`)));
    readTime(entry, `${thing}, revocation date`);
    if (!entry.done) readExtensions(entry.enter(derTag.sequence, 'entry extensions'), understood, thing);
    entry.finish();
  }
  return serials;
}

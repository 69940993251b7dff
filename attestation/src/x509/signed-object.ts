import { bytesToHex } from '../bytes/hex.ts';
import { formatError } from '../errors.ts';
import { DerReader, derTag, enterDer } from './der-reader.ts';
import { readOid, readP256Signature, readWholeBitString } from './der-values.ts';
import { oid } from './oids.ts';

export type SignedObject = {
  readonly tbs: Uint8Array;
  readonly body: DerReader;
  readonly signature: Uint8Array;
};

/** The frame that certificates and CRLs share: SEQUENCE { tbs, ecdsa-with-SHA256, signature as r ‖ s }. */
export function readSignedObject(der: Uint8Array, thing: string): SignedObject {
  const outer = enterDer(der, derTag.sequence, thing);
  const tbs = outer.next(derTag.sequence, 'to-be-signed part');
  readSignatureAlgorithm(outer, thing);
  const signature = readP256Signature(
    readWholeBitString(outer, `${thing}, signature`),
    `${thing}, signature`,
  );
  outer.finish();
  return { tbs: tbs.encoded, body: new DerReader(tbs.contents, thing), signature };
}

/** AlgorithmIdentifier ecdsa-with-SHA256 without parameters (RFC 5758 §3.2). */
export function readSignatureAlgorithm(reader: DerReader, thing: string): void {
  const algorithm = reader.enter(derTag.sequence, 'signature algorithm');
  const id = readOid(algorithm, `${thing}, signature algorithm`);
  if (id !== oid.ecdsaWithSha256) {
    throw formatError(`${thing}, signature algorithm`, { expected: oid.ecdsaWithSha256, actual: id });
  }
  algorithm.finish();
}

/** Common name of a Name; exactly one, UTF8String or PrintableString. */
export function readCommonName(name: Uint8Array, thing: string): string {
  const names: string[] = [];
  const rdns = enterDer(name, derTag.sequence, thing);
  while (!rdns.done) {
    const attribute = rdns.enter(derTag.set, 'RDN').enter(derTag.sequence, 'attribute');
    const id = readOid(attribute, `${thing}, attribute`);
    const text = attribute.any('attribute text');
    attribute.finish();
    if (id !== oid.commonName) continue;
    if (text.tag !== derTag.utf8String && text.tag !== derTag.printableString) {
      throw formatError(`${thing}, common name`, { expected: 'UTF8String or PrintableString' });
    }
    names.push(Buffer.from(text.contents).toString('utf8'));
  }
  const [only, ...others] = names;
  if (only === undefined || others.length > 0) {
    throw formatError(thing, { expected: 'one common name', actual: bytesToHex(name).slice(0, 40) });
  }
  return only;
}

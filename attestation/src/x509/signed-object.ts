import { equalBytes } from '../bytes/equal-bytes.ts';
import { formatError } from '../errors.ts';
import { decodeSignature, readSignatureAlgorithm, type SignatureAlgorithm } from './algorithms.ts';
import { DerReader, derTag, enterDer } from './der-reader.ts';
import { readWholeBitString } from './der-values.ts';

export type SignedObject = {
  readonly tbs: Uint8Array;
  readonly body: DerReader;
  readonly signatureAlgorithm: SignatureAlgorithm;
  /** r ‖ s, or an RSA signature. */
  readonly signature: Uint8Array;
  /** Reads the algorithm that the signed part repeats; it must be the same to the byte (RFC 5280 §4.1.1.2). */
  readonly readRepeatedAlgorithm: () => void;
};

/** The frame that certificates and CRLs share: SEQUENCE { to be signed, algorithm, signature }. */
export function readSignedObject(
  der: Uint8Array,
  allowed: readonly SignatureAlgorithm[],
  thing: string,
): SignedObject {
  const outer = enterDer(der, derTag.sequence, thing);
  const tbs = outer.next(derTag.sequence, 'to-be-signed part');
  const algorithm = readSignatureAlgorithm(outer, allowed, thing);
  const bits = readWholeBitString(outer, `${thing}, signature`);
  outer.finish();
  const body = new DerReader(tbs.contents, thing);
  return {
    tbs: tbs.encoded,
    body,
    signatureAlgorithm: algorithm.name,
    signature: decodeSignature(algorithm.name, bits, `${thing}, signature`),
    readRepeatedAlgorithm: () => {
      const repeated = readSignatureAlgorithm(body, allowed, thing);
      if (equalBytes(repeated.encoded, algorithm.encoded)) return;
      throw formatError(`${thing}, signature algorithm`, { expected: 'the same inside and outside' });
    },
  };
}

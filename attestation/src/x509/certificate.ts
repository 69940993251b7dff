import { bytesToHex, type Hex } from '../bytes/hex.ts';
import { formatError } from '../errors.ts';
import { DerReader, derTag, enterDer } from './der-reader.ts';
import {
  readBoolean,
  readOid,
  readSmallInteger,
  readTime,
  readUnsigned,
  readWholeBitString,
} from './der-values.ts';
import { type Extension, readExtensions } from './extensions.ts';
import { oid } from './oids.ts';
import { isOnP256 } from './p256.ts';
import { readCommonName, readSignatureAlgorithm, readSignedObject } from './signed-object.ts';

/** An X.509 v3 certificate with a P-256 key and an ECDSA-SHA256 signature: the only kind Intel's DCAP uses. */
export type Certificate = {
  readonly der: Uint8Array;
  readonly tbs: Uint8Array;
  readonly signature: Uint8Array;
  /** Big-endian magnitude without sign byte. */
  readonly serial: Hex;
  /** DER of the Name; names are compared as bytes, never as rendered text. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly subjectCommonName: string;
  readonly notBeforeUnixSec: number;
  readonly notAfterUnixSec: number;
  /** x ‖ y, on the curve. */
  readonly publicKey: Uint8Array;
  readonly isCa: boolean;
  /** How many intermediate CAs may follow; undefined = unlimited. */
  readonly pathLength: number | undefined;
  readonly keyUsage: KeyUsage;
  /** Contents of Intel's SGX extension, if the certificate has one. */
  readonly sgxExtension: Uint8Array | undefined;
};

export type KeyUsage = {
  readonly digitalSignature: boolean;
  readonly keyCertSign: boolean;
  readonly crlSign: boolean;
};

/** Extensions whose meaning is enforced here or by the chain rules, so that they may be marked critical. */
const understood = new Set<string>([oid.keyUsage, oid.basicConstraints, oid.sgx]);

export function parseCertificate(der: Uint8Array, thing = 'certificate'): Certificate {
  const { tbs, body, signature } = readSignedObject(der, thing);
  const version = readSmallInteger(body.enter(derTag.context0, 'version'), `${thing}, version`);
  if (version !== 2) throw formatError(`${thing}, version`, { expected: 'v3', actual: `v${version + 1}` });
  const serial = bytesToHex(readUnsigned(body, `${thing}, serial`));
  readSignatureAlgorithm(body, thing);
  const issuer = body.next(derTag.sequence, 'issuer').encoded;
  const validity = body.enter(derTag.sequence, 'validity');
  const notBeforeUnixSec = readTime(validity, `${thing}, notBefore`);
  const notAfterUnixSec = readTime(validity, `${thing}, notAfter`);
  validity.finish();
  const subject = body.next(derTag.sequence, 'subject').encoded;
  const publicKey = readP256PublicKey(body, thing);
  const wrapper = body.enter(derTag.context3, 'extensions');
  const extensions = readExtensions(wrapper.enter(derTag.sequence, 'list'), understood, thing);
  wrapper.finish();
  body.finish();
  return {
    der,
    tbs,
    signature,
    serial,
    issuer,
    subject,
    subjectCommonName: readCommonName(subject, `${thing}, subject`),
    notBeforeUnixSec,
    notAfterUnixSec,
    publicKey,
    ...readBasicConstraints(extensions.get(oid.basicConstraints), thing),
    keyUsage: readKeyUsage(extensions.get(oid.keyUsage), thing),
    sgxExtension: extensions.get(oid.sgx)?.value,
  };
}

function readP256PublicKey(body: DerReader, thing: string): Uint8Array {
  const info = body.enter(derTag.sequence, 'public key info');
  const algorithm = info.enter(derTag.sequence, 'key algorithm');
  const ids = [readOid(algorithm, 'key algorithm'), readOid(algorithm, 'curve')];
  algorithm.finish();
  if (ids[0] !== oid.ecPublicKey || ids[1] !== oid.prime256v1) {
    throw formatError(`${thing}, public key`, { expected: 'EC P-256', actual: ids.join(' ') });
  }
  const point = readWholeBitString(info, `${thing}, public key`);
  info.finish();
  const publicKey = point.subarray(1);
  if (point[0] !== 4 || !isOnP256(publicKey)) {
    throw formatError(`${thing}, public key`, { expected: 'an uncompressed point on P-256' });
  }
  return publicKey;
}

function readBasicConstraints(
  extension: Extension | undefined,
  thing: string,
): { isCa: boolean; pathLength: number | undefined } {
  if (extension === undefined) return { isCa: false, pathLength: undefined };
  const reader = enterDer(extension.value, derTag.sequence, `${thing}, basic constraints`);
  const isCa = reader.peekTag() === derTag.boolean && readBoolean(reader, `${thing}, CA flag`);
  const pathLength = reader.done ? undefined : readSmallInteger(reader, `${thing}, path length`);
  reader.finish();
  return { isCa, pathLength };
}

function readKeyUsage(extension: Extension | undefined, thing: string): KeyUsage {
  if (extension === undefined) return { digitalSignature: false, keyCertSign: false, crlSign: false };
  const reader = new DerReader(extension.value, `${thing}, key usage`);
  const [unusedBits = 8, first = 0, ...rest] = reader.next(derTag.bitString, 'bits').contents;
  reader.finish();
  // Only the first eight usages exist for signature keys; a ninth (decipherOnly) has no place here.
  if (unusedBits > 7 || rest.length > 0)
    throw formatError(`${thing}, key usage`, { expected: 'one byte of bits' });
  return {
    digitalSignature: (first & 0x80) !== 0,
    keyCertSign: (first & 0x04) !== 0,
    crlSign: (first & 0x02) !== 0,
  };
}

import { formatError } from '../errors.ts';
import { DerReader, derTag, enterDer } from './der-reader.ts';
import { readBoolean, readOid, readSmallInteger } from './der-values.ts';
import type { Extension } from './extensions.ts';

export type KeyUsage = {
  readonly digitalSignature: boolean;
  readonly keyCertSign: boolean;
  readonly crlSign: boolean;
};

export type BasicConstraints = { readonly isCa: boolean; readonly pathLength: number | undefined };

export function readBasicConstraints(extension: Extension | undefined, thing: string): BasicConstraints {
  if (extension === undefined) return { isCa: false, pathLength: undefined };
  const reader = enterDer(extension.value, derTag.sequence, `${thing}, basic constraints`);
  const isCa = reader.peekTag() === derTag.boolean && readBoolean(reader, `${thing}, CA flag`);
  const pathLength = reader.done ? undefined : readSmallInteger(reader, `${thing}, path length`);
  reader.finish();
  return { isCa, pathLength };
}

/** No usage at all when the extension is missing: a certificate does not gain rights by leaving it out. */
export function readKeyUsage(extension: Extension | undefined, thing: string): KeyUsage {
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

/** Purposes by OID; none when the extension is missing. */
export function readExtendedKeyUsage(extension: Extension | undefined, thing: string): readonly string[] {
  if (extension === undefined) return [];
  const reader = enterDer(extension.value, derTag.sequence, `${thing}, extended key usage`);
  const purposes: string[] = [];
  while (!reader.done) purposes.push(readOid(reader, `${thing}, key purpose`));
  return purposes;
}

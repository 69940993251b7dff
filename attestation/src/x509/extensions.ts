import { formatError } from '../errors.ts';
import { DerReader, derTag } from './der-reader.ts';
import { readBoolean, readOid } from './der-values.ts';

export type Extension = { readonly critical: boolean; readonly value: Uint8Array };

/**
 * Extensions ::= SEQUENCE OF Extension, by OID. Refuses an OID that comes twice (which one would count?) and a
 * critical one outside `understood` (RFC 5280 §4.2: a certificate-using system must reject it).
 */
export function readExtensions(
  list: DerReader,
  understood: ReadonlySet<string>,
  thing: string,
): ReadonlyMap<string, Extension> {
  const extensions = new Map<string, Extension>();
  while (!list.done) {
    const entry = list.enter(derTag.sequence, 'extension');
    const id = readOid(entry, `${thing}, extension id`);
    const critical = entry.peekTag() === derTag.boolean && readBoolean(entry, `${thing}, critical`);
    const value = entry.next(derTag.octetString, 'extension value').contents;
    entry.finish();
    if (extensions.has(id)) throw formatError(thing, { expected: `extension ${id} once`, actual: 'twice' });
    if (critical && !understood.has(id)) {
      throw formatError(thing, { expected: 'no unknown critical extension', actual: id });
    }
    extensions.set(id, { critical, value });
  }
  return extensions;
}

import { asciiToText, utf8ToText } from '../bytes/text.ts';
import { formatError } from '../errors.ts';
import { type DerElement, type DerReader, derTag, enterDer } from './der-reader.ts';
import { readOid } from './der-values.ts';
import { oid } from './oids.ts';

/** More than any vendor's names hold. */
const maxAttributes = 16;

export type NameAttribute = { readonly id: string; readonly text: string };

/**
 * The attributes of a Name in order, one per RDN, as UTF8String or PrintableString. For people and for roles; who
 * issued what is decided by comparing the Name's DER.
 */
export function readName(name: Uint8Array, thing: string): NameAttribute[] {
  const attributes: NameAttribute[] = [];
  const rdns = enterDer(name, derTag.sequence, thing);
  while (!rdns.done) {
    if (attributes.length === maxAttributes) {
      throw formatError(thing, { expected: `at most ${maxAttributes} attributes` });
    }
    const rdn = rdns.enter(derTag.set, 'RDN');
    attributes.push(readAttribute(rdn.enter(derTag.sequence, 'attribute'), thing));
    rdn.finish();
  }
  return attributes;
}

/** The one common name of a Name. */
export function readCommonName(name: Uint8Array, thing: string): string {
  const names = readName(name, thing).filter(({ id }) => id === oid.commonName);
  const [only, ...others] = names;
  if (only === undefined || others.length > 0) {
    throw formatError(thing, { expected: 'one common name', actual: `${names.length}` });
  }
  return only.text;
}

function readAttribute(attribute: DerReader, thing: string): NameAttribute {
  const id = readOid(attribute, `${thing}, attribute`);
  const text = readText(attribute.any('attribute text'), `${thing}, attribute ${id}`);
  attribute.finish();
  return { id, text };
}

function readText({ tag, contents }: DerElement, thing: string): string {
  if (tag === derTag.utf8String) return utf8ToText(contents, thing);
  if (tag === derTag.printableString) return asciiToText(contents, thing);
  throw formatError(thing, { expected: 'UTF8String or PrintableString', actual: `tag ${tag}` });
}

import { formatError } from '../../errors.ts';
import type { XmlAttribute, XmlElement } from './xml-element.ts';
import { extendScope, lookUp, noNamespaces } from './xml-namespaces.ts';
import { XmlScanner } from './xml-scanner.ts';
import { attributeValue, decodeXmlText, resolveReferences } from './xml-text.ts';

/** Bounds on what hostile text can make this parser build; NVIDIA's RIMs have 4 levels, 90 elements, 15 attributes. */
const maxDepth = 16;
const maxElements = 4096;
const maxAttributes = 256;

type Parser = { readonly scanner: XmlScanner; readonly thing: string; elementCount: number };
type Scope = ReadonlyMap<string, string>;

/**
 * The root element of a namespace-well-formed XML 1.0 document of the profile that signed RIMs use: UTF-8, elements,
 * attributes and text. No document type, comment, processing instruction or CDATA section: each is a way to make two
 * readers see two documents under one signature. Throws EvidenceError `format`.
 */
export function parseXml(bytes: Uint8Array, thing: string): XmlElement {
  const scanner = new XmlScanner(decodeXmlText(bytes, thing), thing);
  skipDeclaration(scanner);
  scanner.skipWhiteSpace();
  const root = readElement({ scanner, thing, elementCount: 0 }, noNamespaces, 1);
  scanner.skipWhiteSpace();
  if (!scanner.done) throw scanner.error('nothing behind the root element');
  return root;
}

const declaration =
  /^<\?xml[ \t\n]+version=(["'])1\.0\1(?:[ \t\n]+encoding=(["'])[Uu][Tt][Ff]-8\2)?[ \t\n]*\?>/;

function skipDeclaration(scanner: XmlScanner): void {
  const found = declaration.exec(scanner.text.slice(0, 100));
  if (found !== null) scanner.expect(found[0]);
}

function readElement(parser: Parser, outer: Scope, depth: number): XmlElement {
  const { scanner, thing } = parser;
  parser.elementCount += 1;
  if (depth > maxDepth || parser.elementCount > maxElements) {
    throw formatError(thing, { expected: `at most ${maxDepth} levels and ${maxElements} elements` });
  }
  scanner.expect('<');
  const [prefix, localName] = scanner.qualifiedName();
  const name = qualified(prefix, localName);
  const { attributes, namespaces } = readAttributes(parser, outer, name);
  const namespaceUri = lookUp(namespaces, prefix, `${thing}, <${name}>`);
  const isEmpty = scanner.skip('/>');
  if (!isEmpty) scanner.expect('>');
  const children = isEmpty ? [] : readChildren(parser, namespaces, name, depth);
  return { name, namespaceUri, localName, attributes, namespaces, children };
}

function readChildren(parser: Parser, scope: Scope, name: string, depth: number): (XmlElement | string)[] {
  const { scanner, thing } = parser;
  const children: (XmlElement | string)[] = [];
  while (!scanner.startsWith('</')) {
    const raw = scanner.until('<');
    // Well-formedness forbids this sequence outside CDATA (XML 1.0 §2.4).
    if (raw.includes(']]>')) throw formatError(`${thing}, <${name}>`, { expected: 'text without "]]>"' });
    if (raw !== '') children.push(resolveReferences(raw, thing));
    if (!scanner.startsWith('</')) children.push(readElement(parser, scope, depth + 1));
  }
  scanner.expect(`</${name}`);
  scanner.skipWhiteSpace();
  scanner.expect('>');
  return children;
}

function readAttributes(
  { scanner, thing }: Parser,
  outer: Scope,
  elementName: string,
): { attributes: readonly XmlAttribute[]; namespaces: Scope } {
  const place = `${thing}, <${elementName}>`;
  const raw = new Map<string, readonly [prefix: string, localName: string, value: string]>();
  const declared = new Map<string, string>();
  while (scanner.skipWhiteSpace() && !scanner.startsWith('/>') && !scanner.startsWith('>')) {
    const [prefix, localName] = scanner.qualifiedName();
    const name = qualified(prefix, localName);
    if (raw.has(name)) throw formatError(place, { expected: 'every attribute once', actual: name });
    const value = readAttributeValue(scanner, place);
    raw.set(name, [prefix, localName, value]);
    if (raw.size > maxAttributes)
      throw formatError(place, { expected: `at most ${maxAttributes} attributes` });
    if (prefix === 'xmlns') declared.set(localName, value);
    if (name === 'xmlns') declared.set('', value);
  }
  const namespaces = extendScope(outer, declared, place);
  const attributes = [...raw]
    .filter(([name, [prefix]]) => name !== 'xmlns' && prefix !== 'xmlns')
    .map(([name, [prefix, localName, value]]) => ({
      name,
      localName,
      value,
      namespaceUri: prefix === '' ? '' : lookUp(namespaces, prefix, place),
    }));
  assertDistinct(attributes, place);
  return { attributes, namespaces };
}

function readAttributeValue(scanner: XmlScanner, place: string): string {
  scanner.skipWhiteSpace();
  scanner.expect('=');
  scanner.skipWhiteSpace();
  const quote = scanner.startsWith("'") ? "'" : '"';
  scanner.expect(quote);
  const raw = scanner.until(`${quote}<`);
  scanner.expect(quote);
  return attributeValue(raw, place);
}

/** Two prefixes of one namespace must not smuggle the same attribute in twice (Namespaces in XML §6.3). */
function assertDistinct(attributes: readonly XmlAttribute[], place: string): void {
  const seen = new Set(attributes.map(({ namespaceUri, localName }) => `${namespaceUri} ${localName}`));
  if (seen.size !== attributes.length) {
    throw formatError(place, { expected: 'every attribute once', actual: 'the same under two prefixes' });
  }
}

function qualified(prefix: string, localName: string): string {
  return prefix === '' ? localName : `${prefix}:${localName}`;
}

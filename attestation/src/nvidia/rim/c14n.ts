import type { XmlAttribute, XmlElement } from './xml-element.ts';
import { noNamespaces } from './xml-namespaces.ts';

/**
 * Inclusive Canonical XML without comments of an element and all below it, as UTF-8. 1.0 and 1.1 differ only in how
 * xml: attributes of left-out ancestors are inherited; this profile refuses those, so here both are one function.
 * `omit` is left out with everything in it: the enveloped-signature transform (XMLDSig §6.6.4).
 */
export function canonicalize(apex: XmlElement, omit?: XmlElement): Uint8Array {
  const parts: string[] = [];
  writeElement(parts, apex, noNamespaces, omit);
  return new TextEncoder().encode(parts.join(''));
}

function writeElement(
  parts: string[],
  element: XmlElement,
  rendered: ReadonlyMap<string, string>,
  omit: XmlElement | undefined,
): void {
  if (element === omit) return;
  parts.push(
    `<${element.name}`,
    ...newNamespaces(element.namespaces, rendered).map(writeNamespace),
    ...element.attributes.toSorted(byNamespaceThenName).map(writeAttribute),
    '>',
  );
  for (const child of element.children) {
    if (typeof child === 'string') parts.push(escapeText(child));
    else writeElement(parts, child, element.namespaces, omit);
  }
  parts.push(`</${element.name}>`);
}

/** A declaration is repeated only where it changes (C14N §2.3); every prefix in scope counts, used or not. */
function newNamespaces(
  scope: ReadonlyMap<string, string>,
  rendered: ReadonlyMap<string, string>,
): readonly (readonly [prefix: string, uri: string])[] {
  if (scope === rendered) return [];
  return [...scope]
    .filter(([prefix, uri]) => rendered.get(prefix) !== uri)
    .toSorted(([a], [b]) => compareText(a, b));
}

function writeNamespace([prefix, uri]: readonly [prefix: string, uri: string]): string {
  return ` ${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${escapeAttribute(uri)}"`;
}

function writeAttribute({ name, value }: XmlAttribute): string {
  return ` ${name}="${escapeAttribute(value)}"`;
}

/** Attributes without namespace come first, for their URI is empty. */
function byNamespaceThenName(a: XmlAttribute, b: XmlAttribute): number {
  return compareText(a.namespaceUri, b.namespaceUri) || compareText(a.localName, b.localName);
}

/** Names and URIs are ASCII here, so UTF-16 order is the code point order that C14N asks for. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#xD;');
}

function escapeAttribute(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\t', '&#x9;')
    .replaceAll('\n', '&#xA;')
    .replaceAll('\r', '&#xD;');
}

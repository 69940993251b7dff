import { base64ToBytes } from '../../bytes/base64.ts';
import { formatError } from '../../errors.ts';
import { attributeOf, childElements, isElement, type XmlElement } from './xml-element.ts';

export const xmlDsigNamespace = 'http://www.w3.org/2000/09/xmldsig#';

/** Both are the same function in this profile; see `c14n.ts`. Neither keeps comments. */
const canonicalizations = [
  'http://www.w3.org/2006/12/xml-c14n11',
  'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
];
const ecdsaSha384 = 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384';
const digestSha384 = 'http://www.w3.org/2001/04/xmldsig-more#sha384';
const envelopedSignature = `${xmlDsigNamespace}enveloped-signature`;
const digestLength = 48;
const signatureLength = 96;
const maxCertificates = 8;

/** An enveloped XML signature over the whole document it stands in, by ECDSA P-384 with SHA-384. */
export type XmlSignature = {
  /** Left out of what is signed. */
  readonly element: XmlElement;
  readonly signedInfo: XmlElement;
  readonly digest: Uint8Array;
  /** r ‖ s. */
  readonly signature: Uint8Array;
  /** DER, signer first. Nothing signs this list: it is only a path to try towards a pinned root. */
  readonly certificates: readonly Uint8Array[];
};

/**
 * The one signature of a document: a child of the root, with the one reference "" and the one list of algorithms.
 * No reference to an id can exist, so no element can be signed in one place and read in another (signature wrapping).
 * Throws EvidenceError `format`.
 */
export function readXmlSignature(root: XmlElement, thing: string): XmlSignature {
  const element = onlySignature(root, thing);
  const [signedInfo, signatureValue, keyInfo] = parts(element, thing, [
    'SignedInfo',
    'SignatureValue',
    'KeyInfo',
  ]);
  const [method, signatureMethod, reference] = parts(signedInfo, thing, [
    'CanonicalizationMethod',
    'SignatureMethod',
    'Reference',
  ]);
  assertAlgorithm(method, canonicalizations, thing);
  assertAlgorithm(signatureMethod, [ecdsaSha384], thing);
  return {
    element,
    signedInfo,
    digest: readReference(reference, thing),
    signature: readBase64(signatureValue, signatureLength, thing),
    certificates: readCertificates(keyInfo, thing),
  };
}

function onlySignature(root: XmlElement, thing: string): XmlElement {
  const [only, ...others] = findSignatures(root);
  if (only === undefined || others.length > 0 || !root.children.includes(only)) {
    throw formatError(`${thing}, signature`, { expected: 'one Signature, child of the root' });
  }
  return only;
}

function findSignatures(element: XmlElement): XmlElement[] {
  const below = childElements(element).flatMap(findSignatures);
  return isElement(element, xmlDsigNamespace, 'Signature') ? [element, ...below] : below;
}

function readReference(reference: XmlElement, thing: string): Uint8Array {
  if (attributeOf(reference, '', 'URI') !== '' || reference.attributes.length > 1) {
    throw formatError(`${thing}, reference`, { expected: 'URI="" and no more' });
  }
  const [transforms, method, value] = parts(reference, thing, ['Transforms', 'DigestMethod', 'DigestValue']);
  const [enveloped, canonicalization] = parts(transforms, thing, ['Transform', 'Transform']);
  assertAlgorithm(enveloped, [envelopedSignature], thing);
  assertAlgorithm(canonicalization, canonicalizations, thing);
  assertAlgorithm(method, [digestSha384], thing);
  return readBase64(value, digestLength, thing);
}

function readCertificates(keyInfo: XmlElement, thing: string): readonly Uint8Array[] {
  const [data] = parts(keyInfo, thing, ['X509Data']);
  const elements = childElements(data);
  if (elements.length === 0 || elements.length > maxCertificates) {
    throw formatError(`${thing}, certificates`, {
      expected: `1 to ${maxCertificates}`,
      actual: `${elements.length}`,
    });
  }
  return parts(
    data,
    thing,
    elements.map(() => 'X509Certificate'),
  ).map((certificate) => readBase64(certificate, undefined, thing));
}

/** The child elements, which must be exactly these in this order with nothing but white space between them. */
function parts<const Names extends readonly string[]>(
  element: XmlElement,
  thing: string,
  names: Names,
): { readonly [Index in keyof Names]: XmlElement } {
  const found = childElements(element);
  const actual = found.map(({ localName }) => localName).join(', ');
  const isExact =
    actual === names.join(', ') &&
    found.every(({ namespaceUri }) => namespaceUri === xmlDsigNamespace) &&
    element.children.every((child) => typeof child !== 'string' || child.trim() === '');
  if (!isExact) {
    throw formatError(`${thing}, <${element.name}>`, {
      expected: names.join(', '),
      actual: actual || 'nothing',
    });
  }
  return found as unknown as { readonly [Index in keyof Names]: XmlElement };
}

function assertAlgorithm(element: XmlElement, allowed: readonly string[], thing: string): void {
  const algorithm = attributeOf(element, '', 'Algorithm');
  // Any content would be a parameter that changes what the algorithm does.
  const isPlain = element.attributes.length === 1 && element.children.length === 0;
  if (algorithm !== undefined && isPlain && allowed.includes(algorithm)) return;
  throw formatError(`${thing}, <${element.name}>`, {
    expected: allowed.join(' or '),
    actual: algorithm ?? 'no algorithm',
  });
}

/** Canonical base64 once the line breaks that signers put in are gone. */
function readBase64(element: XmlElement, length: number | undefined, thing: string): Uint8Array {
  const [text, ...others] = element.children;
  if (typeof text !== 'string' || others.length > 0) {
    throw formatError(`${thing}, <${element.name}>`, { expected: 'base64 text alone' });
  }
  const bytes = base64ToBytes(text.replace(/[ \t\n]/g, ''));
  if (length !== undefined && bytes.length !== length) {
    throw formatError(`${thing}, <${element.name}>`, {
      expected: `${length} bytes`,
      actual: `${bytes.length}`,
    });
  }
  return bytes;
}

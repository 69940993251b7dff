import { bareHexToBytes, bytesToHex, type Hex } from '../../bytes/hex.ts';
import { formatError } from '../../errors.ts';
import { attributeOf, childElements, isElement, type XmlElement } from './xml-element.ts';
import { parseXml } from './xml-parse.ts';
import { readXmlSignature, type XmlSignature } from './xml-signature.ts';

const swidNamespace = 'http://standards.iso.org/iso/19770/-2/2015/schema.xsd';
const hashNamespace = 'http://www.w3.org/2001/04/xmlenc#sha384';
const maxRimLength = 2 * 1024 * 1024;
const maxMeasurements = 256;
const maxAlternatives = 128;
const maxValueLength = 64;

/** One golden value; `index` counts from 0, the device's measurement block of the same meaning has index + 1. */
export type RimMeasurement = {
  readonly index: number;
  /** Inactive ones say nothing about the device. */
  readonly active: boolean;
  readonly name: string;
  /** Any of these is right. */
  readonly values: readonly Hex[];
};

/** What a reference integrity manifest says: which measurements a driver or a VBIOS of this version has. */
export type Rim = {
  /** SWID tag id. */
  readonly id: string;
  /** Driver or VBIOS version, as NVIDIA writes it: `550.90.07`, `96.00.9F.00.01`. */
  readonly version: string;
  /** Chip family: `GH100`, `GB100`, `LS10`. */
  readonly product: string;
  /** `GPU` or `SWITCH`. */
  readonly edition: string;
  /** Issue of the manifest under the same id, such as `r1`. */
  readonly revision: string;
  readonly measurements: readonly RimMeasurement[];
};

export type ParsedRim = {
  readonly rim: Rim;
  readonly document: XmlElement;
  readonly signature: XmlSignature;
};

/** Reads a signed SWID RIM without believing it. Throws EvidenceError `format`. */
export function parseRim(bytes: Uint8Array): ParsedRim {
  if (bytes.length > maxRimLength) {
    throw formatError('RIM', { expected: `at most ${maxRimLength} bytes`, actual: `${bytes.length}` });
  }
  const document = parseXml(bytes, 'RIM');
  if (!isElement(document, swidNamespace, 'SoftwareIdentity')) {
    throw formatError('RIM', { expected: 'SoftwareIdentity', actual: document.name });
  }
  return { rim: readRim(document), document, signature: readXmlSignature(document, 'RIM') };
}

function readRim(document: XmlElement): Rim {
  const meta = onlyChild(document, 'Meta');
  const payload = onlyChild(document, 'Payload');
  const measurements = childElements(payload).map(readMeasurement);
  const indices = new Set(measurements.map(({ index }) => index));
  if (measurements.length === 0 || measurements.length > maxMeasurements) {
    throw formatError('RIM, payload', {
      expected: `1 to ${maxMeasurements} measurements`,
      actual: `${measurements.length}`,
    });
  }
  if (indices.size !== measurements.length)
    throw formatError('RIM, payload', { expected: 'every index once' });
  return {
    id: required(document, 'tagId'),
    version: required(meta, 'colloquialVersion'),
    product: required(meta, 'product'),
    edition: required(meta, 'edition'),
    revision: required(meta, 'revision'),
    measurements,
  };
}

/** Only children of the root are looked at, so the place of a value cannot be argued about. */
function onlyChild(document: XmlElement, name: string): XmlElement {
  const [only, ...others] = childElements(document).filter((child) => isElement(child, swidNamespace, name));
  if (only === undefined || others.length > 0) throw formatError('RIM', { expected: `one ${name}` });
  return only;
}

function readMeasurement(resource: XmlElement): RimMeasurement {
  if (!isElement(resource, swidNamespace, 'Resource') || required(resource, 'type') !== 'Measurement') {
    throw formatError('RIM, payload', { expected: 'measurements only', actual: resource.name });
  }
  const index = readNumber(resource, 'index', 0, maxMeasurements - 1);
  const size = readNumber(resource, 'size', 1, maxValueLength);
  const count = readNumber(resource, 'alternatives', 1, maxAlternatives);
  const listed = resource.attributes.filter(({ namespaceUri }) => namespaceUri === hashNamespace).length;
  // A value that the count leaves out might be one that another reader accepts.
  if (listed !== count) {
    throw formatError(`RIM, measurement ${index}`, { expected: `${count} hashes`, actual: `${listed}` });
  }
  const values = Array.from({ length: count }, (_, at) => readHash(resource, index, at, size));
  return { index, active: readActive(resource, index), name: required(resource, 'name'), values };
}

function readHash(resource: XmlElement, index: number, at: number, size: number): Hex {
  const text = attributeOf(resource, hashNamespace, `Hash${at}`);
  if (text === undefined) throw formatError(`RIM, measurement ${index}`, { expected: `Hash${at}` });
  return bytesToHex(bareHexToBytes(text, size));
}

function readActive(resource: XmlElement, index: number): boolean {
  const text = required(resource, 'active');
  if (text !== 'True' && text !== 'False') {
    throw formatError(`RIM, measurement ${index}, active`, { expected: 'True or False', actual: text });
  }
  return text === 'True';
}

function readNumber(element: XmlElement, name: string, from: number, to: number): number {
  const text = required(element, name);
  if (!/^(?:0|[1-9]\d{0,3})$/.test(text) || Number(text) < from || Number(text) > to) {
    throw formatError(`RIM, ${name}`, { expected: `${from} to ${to}`, actual: text.slice(0, 20) });
  }
  return Number(text);
}

function required(element: XmlElement, name: string): string {
  const value = attributeOf(element, '', name);
  if (value === undefined || value === '') {
    throw formatError(`RIM, <${element.name}>`, { expected: `attribute ${name}` });
  }
  return value;
}

import { createHash } from 'node:crypto';
import { bytesToBase64 } from '../../bytes/base64.ts';
import type { SigningKey } from '../signing-key.ts';

const swid = 'http://standards.iso.org/iso/19770/-2/2015/schema.xsd';
const hashes = 'http://www.w3.org/2001/04/xmlenc#sha384';
const tcg =
  'https://trustedcomputinggroup.org/resource/tcg-reference-integrity-manifest-rim-information-model/';
const dsig = 'http://www.w3.org/2000/09/xmldsig#';
const c14n = 'http://www.w3.org/2006/12/xml-c14n11';

export type MeasurementSpec = {
  readonly index: number;
  readonly active: boolean;
  /** Bare hex. */
  readonly values: readonly string[];
};

/** What goes into a manifest. */
export type RimSpec = {
  readonly id: string;
  readonly version: string;
  readonly product: string;
  readonly edition: string;
  readonly revision: string;
  readonly measurements: readonly MeasurementSpec[];
};

/** Changes that a fault test makes: to the document before it is signed, to what is signed, to the finished text. */
export type RimTextAdjustments = {
  readonly document?: (text: string) => string;
  readonly signedInfo?: (text: string) => string;
  readonly finished?: (text: string) => string;
};

/**
 * A signed manifest in NVIDIA's form. The document is written in its canonical form from the start, so this needs no
 * canonicaliser, and the verifier's is checked against something else than itself.
 */
export function writeRim(
  spec: RimSpec,
  signerKey: SigningKey,
  certificates: readonly Uint8Array[],
  adjust: RimTextAdjustments = {},
): Uint8Array {
  const same = (text: string): string => text;
  const document = (adjust.document ?? same)(writeDocument(spec));
  const digest = createHash('sha384').update(document).digest('base64');
  const content = (adjust.signedInfo ?? same)(writeSignedInfo(digest));
  const scope = `xmlns="${swid}" xmlns:ds="${dsig}" xmlns:ns0="${swid}" xmlns:ns2="${hashes}"`;
  const message = `<ds:SignedInfo ${scope}>${content}</ds:SignedInfo>`;
  const signature = signerKey.sign(new TextEncoder().encode(message));
  const keyInfo = certificates
    .map((der) => `<ds:X509Certificate>${wrap(bytesToBase64(der))}</ds:X509Certificate>`)
    .join('');
  const element =
    `<ds:Signature xmlns:ds="${dsig}"><ds:SignedInfo>${content}</ds:SignedInfo>` +
    `<ds:SignatureValue>${bytesToBase64(signature)}</ds:SignatureValue>` +
    `<ds:KeyInfo><ds:X509Data>${keyInfo}</ds:X509Data></ds:KeyInfo></ds:Signature>`;
  const end = '</SoftwareIdentity>';
  const text = `${document.slice(0, -end.length)}${element}${end}`;
  return new TextEncoder().encode((adjust.finished ?? same)(text));
}

function writeDocument({ id, version, product, edition, revision, measurements }: RimSpec): string {
  return (
    `<SoftwareIdentity xmlns="${swid}" xmlns:ns0="${swid}" xmlns:ns2="${hashes}" corpus="false" name="${product}"` +
    ` patch="false" supplemental="false" tagId="${id}" tagVersion="0" version="1.0">\n` +
    `    <ns0:Entity name="Hearth development, worthless by design" role="softwareCreator tagCreator"></ns0:Entity>\n` +
    `    <ns0:Meta xmlns:ns1="${tcg}" PayloadType="direct" colloquialVersion="${version}" edition="${edition}"` +
    ` product="${product}" revision="${revision}" ns1:BindingSpec="RIMIM" ns1:BindingSpecVersion="1.01"></ns0:Meta>\n` +
    `    <ns0:Payload xmlns:SHA384="${hashes}">\n${measurements.map(writeMeasurement).join('')}    </ns0:Payload>\n` +
    '</SoftwareIdentity>'
  );
}

function writeMeasurement({ index, active, values }: MeasurementSpec): string {
  const listed = values.map((value, at) => ` ns2:Hash${at}="${value}"`).join('');
  return (
    `        <ns0:Resource active="${active ? 'True' : 'False'}" alternatives="${values.length}" index="${index}"` +
    ` name="Measurement_${index}" size="48" type="Measurement"${listed}></ns0:Resource>\n`
  );
}

function writeSignedInfo(digest: string): string {
  const empty = (name: string, algorithm: string): string =>
    `<ds:${name} Algorithm="${algorithm}"></ds:${name}>`;
  return (
    empty('CanonicalizationMethod', c14n) +
    empty('SignatureMethod', 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384') +
    `<ds:Reference URI=""><ds:Transforms>${empty('Transform', `${dsig}enveloped-signature`)}` +
    `${empty('Transform', c14n)}</ds:Transforms>` +
    `${empty('DigestMethod', 'http://www.w3.org/2001/04/xmldsig-more#sha384')}` +
    `<ds:DigestValue>${digest}</ds:DigestValue></ds:Reference>`
  );
}

function wrap(base64: string): string {
  return base64.replace(/.{64}/g, '$&\n');
}

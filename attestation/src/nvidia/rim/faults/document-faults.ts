import { sampleRim } from '../../../simulated/nvidia-rim/sample-rim.ts';
import { finished, measurement, type RimFault, signed, signedInfo, withMeasurements } from './faulty-rim.ts';

/** What a manifest says, and the form of its signature. */
export const contentFaults: readonly RimFault[] = [
  ['rim.format', 'it is empty', () => ({ ...sampleRim(), rim: new Uint8Array() })],
  [
    'rim.format',
    'it is larger than 2 MiB',
    () => ({ ...sampleRim(), rim: new Uint8Array(2_097_153).fill(32) }),
  ],
  ['rim.format', 'it is another document', () => signed(/SoftwareIdentity/g, 'SoftwareIdentity2')],
  ['rim.format', 'it has no version', () => signed(/ colloquialVersion="[^"]*"/, '')],
  ['rim.format', 'its product is empty', () => signed(/ product="[^"]*" rev/, ' product="" rev')],
  ['rim.format', 'it has two Meta elements', () => signed(/(<ns0:Meta .*<\/ns0:Meta>)/, '$1$1')],
  ['rim.format', 'it has no payload', () => signed(/<ns0:Payload[\s\S]*<\/ns0:Payload>/, '')],
  ['rim.format', 'it has no measurement', () => withMeasurements([])],
  ['rim.format', 'an index comes twice', () => withMeasurements([measurement(3), measurement(3)])],
  ['rim.format', 'an index is 256', () => withMeasurements([measurement(256)])],
  ['rim.format', 'an index is written 01', () => signed('index="1"', 'index="01"')],
  ['rim.format', 'a measurement is neither active nor not', () => signed('active="True"', 'active="true"')],
  ['rim.format', 'a resource is no measurement', () => signed('type="Measurement"', 'type="Port"')],
  ['rim.format', 'a hash is missing', () => signed('alternatives="2"', 'alternatives="3"')],
  ['rim.format', 'a hash is left out of the count', () => signed('alternatives="2"', 'alternatives="1"')],
  ['rim.format', 'the hashes are numbered otherwise', () => signed('ns2:Hash1', 'ns2:Hash2')],
  ['rim.format', 'a hash has another size', () => signed('size="48"', 'size="47"')],
  [
    'rim.format',
    'a hash of size 0 would match nothing at all',
    () => signed(/size="48" (.*)ns2:Hash0="\w+"/, 'size="0" $1ns2:Hash0=""'),
  ],
  ['rim.format', 'a hash is no hex', () => signed('a1a1', 'g1a1')],
];

export const signatureFormFaults: readonly RimFault[] = [
  ['rim.format', 'it has no signature', () => finished(/<ds:Signature [\s\S]*<\/ds:Signature>/, '')],
  ['rim.format', 'it has two signatures', () => finished(/(<ds:Signature [\s\S]*<\/ds:Signature>)/, '$1$1')],
  [
    'rim.format',
    'the signature stands inside another element',
    () => finished(/(<ds:Signature [\s\S]*<\/ds:Signature>)/, '<ns0:Link>$1</ns0:Link>'),
  ],
  ['rim.format', 'the reference has an id', () => signedInfo('URI=""', 'URI="#payload"')],
  ['rim.format', 'the reference has no URI', () => signedInfo(' URI=""', '')],
  ['rim.format', 'the reference has a type', () => signedInfo('URI=""', 'Type="x" URI=""')],
  ['rim.format', 'there are two references', () => signedInfo(/(<ds:Reference.*<\/ds:Reference>)/, '$1$1')],
  ['rim.format', 'there is no transform', () => signedInfo(/<ds:Transform .*<\/ds:Transform>/, '')],
  [
    'rim.format',
    'a transform is XSLT',
    () =>
      signedInfo(
        'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
        'http://www.w3.org/TR/1999/REC-xslt-19991116',
      ),
  ],
  [
    'rim.format',
    'canonicalisation keeps comments',
    () => signedInfo('xml-c14n11', 'xml-c14n11#WithComments'),
  ],
  [
    'rim.format',
    'canonicalisation is exclusive',
    () => signedInfo('http://www.w3.org/2006/12/xml-c14n11', 'http://www.w3.org/2001/10/xml-exc-c14n#'),
  ],
  [
    'rim.format',
    'the signature is an HMAC',
    () =>
      signedInfo(
        'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384',
        'http://www.w3.org/2000/09/xmldsig#hmac-sha1',
      ),
  ],
  [
    'rim.format',
    'the digest is SHA-1',
    () =>
      signedInfo('http://www.w3.org/2001/04/xmldsig-more#sha384', 'http://www.w3.org/2000/09/xmldsig#sha1'),
  ],
  ['rim.format', 'an algorithm has a parameter', () => signedInfo('#sha384"></ds', '#sha384">1</ds')],
  [
    'rim.format',
    'an algorithm is not named',
    () => signedInfo(/<ds:DigestMethod [^>]*>/, '<ds:DigestMethod>'),
  ],
  ['rim.format', 'text stands in SignedInfo', () => signedInfo('<ds:Reference', 'x<ds:Reference')],
  ['rim.format', 'the digest is cut', () => signedInfo(/<ds:DigestValue>.{4}/, '<ds:DigestValue>')],
  ['rim.format', 'the digest holds an element', () => signedInfo(/(<ds:DigestValue>)/, '$1<ds:x></ds:x>')],
  [
    'rim.format',
    'the signature value is no base64',
    () => finished(/<ds:SignatureValue>./, '<ds:SignatureValue>*'),
  ],
  [
    'rim.format',
    'the key is named instead of certified',
    () => finished(/<ds:X509Data>[\s\S]*<\/ds:X509Data>/, '<ds:KeyName>root</ds:KeyName>'),
  ],
  ['rim.format', 'no certificate is given', () => sampleRim({ certificates: () => [] })],
  [
    'rim.format',
    'nine certificates are given',
    () => sampleRim({ certificates: ([der]) => Array.from({ length: 9 }, () => der) }),
  ],
];

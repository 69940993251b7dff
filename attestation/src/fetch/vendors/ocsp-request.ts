import { hexToBytes } from '../../bytes/hex.ts';
import type { RequestOf } from '../request.ts';

/**
 * OCSPRequest (RFC 6960 §4.1.1): unsigned, one certificate named by SHA-384 hashes of its issuer, and the nonce if
 * there is one. Written out byte by byte: the verifying side of this package has no DER writer, and this is all of it.
 */
export function writeOcspRequest(request: RequestOf<'nvidia-ocsp'>): Uint8Array {
  const certId = tlv(
    0x30,
    sha384Algorithm,
    tlv(0x04, hexToBytes(request.issuerNameSha384)),
    tlv(0x04, hexToBytes(request.issuerKeySha384)),
    positiveInteger(hexToBytes(request.serial)),
  );
  const list = tlv(0x30, tlv(0x30, certId));
  const { nonce } = request;
  const parts =
    nonce === undefined ? [list] : [list, tlv(0xa2, tlv(0x30, nonceExtension(hexToBytes(nonce))))];
  return tlv(0x30, tlv(0x30, ...parts));
}

/** SEQUENCE { id-sha384 2.16.840.1.101.3.4.2.2, NULL }. */
const sha384Algorithm = Uint8Array.of(
  0x30,
  0x0d,
  0x06,
  0x09,
  0x60,
  0x86,
  0x48,
  0x01,
  0x65,
  0x03,
  0x04,
  0x02,
  0x02,
  0x05,
  0x00,
);

/** id-pkix-ocsp-nonce 1.3.6.1.5.5.7.48.1.2; its value is itself an OCTET STRING (RFC 8954). */
const nonceOid = Uint8Array.of(0x06, 0x09, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02);

function nonceExtension(nonce: Uint8Array): Uint8Array {
  return tlv(0x30, nonceOid, tlv(0x04, tlv(0x04, nonce)));
}

function positiveInteger(magnitude: Uint8Array): Uint8Array {
  const needsSign = (magnitude[0] ?? 0) >= 0x80;
  return tlv(0x02, needsSign ? Uint8Array.of(0) : new Uint8Array(), magnitude);
}

function tlv(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const contents = parts.flatMap((part) => [...part]);
  const { length } = contents;
  return Uint8Array.from([tag, ...(length < 0x80 ? [length] : [0x81, length]), ...contents]);
}

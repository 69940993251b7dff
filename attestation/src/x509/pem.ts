import { base64ToBytes, bytesToBase64 } from '../bytes/base64.ts';
import { formatError } from '../errors.ts';

/** Longest chain that any evidence format here uses, with room; bounds the work a hostile chain can cause. */
const maxCertificates = 8;
const begin = '-----BEGIN CERTIFICATE-----';
const end = '-----END CERTIFICATE-----';

/** DER of each certificate of a PEM chain. */
export function parsePemChain(pem: string, thing: string): Uint8Array[] {
  return splitPemChain(pem, thing).map(decodePemBody);
}

/** What stands inside each block, undecoded; between blocks only whitespace and the NUL that Intel appends. */
export function splitPemChain(pem: string, thing: string): string[] {
  const bodies: string[] = [];
  let at = 0;
  for (let start = pem.indexOf(begin); start !== -1; start = pem.indexOf(begin, at)) {
    assertBlank(pem.slice(at, start), thing);
    const stop = pem.indexOf(end, start + begin.length);
    if (stop === -1) throw formatError(thing, { expected: end });
    bodies.push(pem.slice(start + begin.length, stop));
    at = stop + end.length;
    if (bodies.length > maxCertificates) break;
  }
  if (bodies.length === 0 || bodies.length > maxCertificates) {
    throw formatError(thing, {
      expected: `1 to ${maxCertificates} certificates`,
      actual: bodies.length === 0 ? 'none' : 'more',
    });
  }
  assertBlank(pem.slice(at), thing);
  return bodies;
}

/** Strict base64, broken into lines or not. */
export function decodePemBody(body: string): Uint8Array {
  return base64ToBytes(body.replace(/[\r\n]/g, ''));
}

function assertBlank(text: string, thing: string): void {
  if (!/^[ \t\r\n\0]*$/.test(text)) throw formatError(thing, { expected: 'nothing between certificates' });
}

/** PEM as Intel writes it: 64 columns, one newline after each line. */
export function encodePemChain(certificates: readonly Uint8Array[]): string {
  return certificates
    .map((der) => {
      const lines = bytesToBase64(der).match(/.{1,64}/g) ?? [];
      return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
    })
    .join('');
}

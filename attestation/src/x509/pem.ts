import { base64ToBytes, bytesToBase64 } from '../bytes/base64.ts';
import { formatError } from '../errors.ts';

/** Longest chain that any evidence format here uses, with room; bounds the work a hostile chain can cause. */
const maxCertificates = 8;
const block = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\r\n]*)-----END CERTIFICATE-----/g;

/** DER of each certificate of a PEM chain; between blocks only whitespace and the NUL that Intel appends. */
export function parsePemChain(pem: string, thing: string): Uint8Array[] {
  const bodies = [...pem.matchAll(block)].map((match) => match[1] ?? '');
  if (bodies.length === 0 || bodies.length > maxCertificates) {
    throw formatError(thing, {
      expected: `1 to ${maxCertificates} certificates`,
      actual: `${bodies.length}`,
    });
  }
  if (!/^[\s\0]*$/.test(pem.replace(block, ''))) {
    throw formatError(thing, { expected: 'nothing between certificates' });
  }
  return bodies.map((body) => base64ToBytes(body.replace(/[\r\n]/g, '')));
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

import { bareHexToBytes } from '../../bytes/hex.ts';
import { utf8ToText } from '../../bytes/text.ts';

/** DER of a CRL body: Intel and AMD send DER, caching services (PCCS) the same in hex. */
export function crlDer(bytes: Uint8Array): Uint8Array {
  const isDer = bytes[0] === 0x30 && bytes[1] !== undefined && bytes[1] >= 0x80;
  return isDer ? bytes : bareHexToBytes(utf8ToText(bytes, 'CRL in hex').trim());
}

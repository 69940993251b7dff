import { formatError } from '../errors.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** Value of each ASCII character; 0xff for what is not in the alphabet. */
const values = new Uint8Array(128).fill(0xff);
for (let value = 0; value < 64; value += 1) values[alphabet.charCodeAt(value)] = value;

/**
 * Strict RFC 4648 base64: padded, no whitespace, unused bits zero. Common decoders skip what they do not know, so
 * that many texts would stand for the same bytes.
 */
export function base64ToBytes(text: string): Uint8Array {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array(Math.ceil(text.length / 4) * 3);
  let invalid = text.length % 4;
  let written = 0;
  for (let at = 0; at < text.length; at += 4) {
    const isPadded = at + 4 === text.length;
    const a = valueAt(text, at);
    const b = valueAt(text, at + 1);
    const c = isPadded && padding === 2 ? 0 : valueAt(text, at + 2);
    const d = isPadded && padding > 0 ? 0 : valueAt(text, at + 3);
    invalid |= (a | b | c | d) & 0xc0;
    if (isPadded && padding > 0) invalid |= padding === 2 ? b & 0x0f : c & 0x03;
    bytes[written] = (a << 2) | (b >> 4);
    bytes[written + 1] = (b << 4) | (c >> 2);
    bytes[written + 2] = (c << 6) | d;
    written += 3;
  }
  if (invalid !== 0) throw formatError('base64 text', { expected: 'canonical base64' });
  return bytes.subarray(0, bytes.length - padding);
}

function valueAt(text: string, at: number): number {
  return values[text.charCodeAt(at)] ?? 0xff;
}

export function bytesToBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const bits = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const used = bytes.length - at + 1;
    for (let digit = 0; digit < 4; digit += 1) {
      text += digit < used ? alphabet.charAt((bits >> (18 - 6 * digit)) & 0x3f) : '=';
    }
  }
  return text;
}

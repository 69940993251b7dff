import { formatError } from '../errors.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf8Encoder = new TextEncoder();

/** Text of well-formed UTF-8; a decoder that replaces what it cannot read would show text nobody signed. */
export function utf8ToText(bytes: Uint8Array, thing: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw formatError(thing, { expected: 'UTF-8 text' });
  }
}

export function textToUtf8(text: string): Uint8Array {
  return utf8Encoder.encode(text);
}

/** Text of bytes below 0x80. */
export function asciiToText(bytes: Uint8Array, thing: string): string {
  const text = latin1ToText(bytes);
  if (bytes.some((byte) => byte >= 0x80)) throw formatError(thing, { expected: 'ASCII text' });
  return text;
}

/** Every byte as the character of that number: for text whose bytes are checked afterwards. */
export function latin1ToText(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += chunk) {
    // An array-like as arguments: spreading would walk an iterator.
    parts.push(String.fromCharCode.apply(undefined, bytes.subarray(at, at + chunk) as unknown as number[]));
  }
  return parts.join('');
}

/** Arguments per call: an engine's stack bounds them. */
const chunk = 4096;

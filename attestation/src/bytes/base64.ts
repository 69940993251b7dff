import { formatError } from '../errors.ts';

/**
 * Strict RFC 4648 base64: padded, no whitespace, unused bits zero. Node's own decoder skips what it does not know,
 * so that many texts would stand for the same bytes.
 */
export function base64ToBytes(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw formatError('base64 text', { expected: 'canonical base64' });
  return new Uint8Array(bytes);
}

export function bytesToBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

import { equalBytes, fromHex, type Hex, sha256 } from '@hearth/attestation/receipt';
import { concatBytes } from '@noble/hashes/utils.js';
import { base64ToBytes, bytesToBase64 } from './units.ts';

/** C2SP signature types: what was signed, and therefore what a key may be used for. */
export const noteSignatureTypes = { ed25519: 0x01, cosignature: 0x04 } as const;
type NoteSignatureType = (typeof noteSignatureTypes)[keyof typeof noteSignatureTypes];

export interface NoteKey {
  readonly name: string;
  /** 32 raw bytes of Ed25519. */
  readonly publicKey: Hex;
}

/** The signed text of a note (C2SP signed-note): everything up to and with the newline before the empty line. */
export function noteText(note: string): string {
  return note.slice(0, note.indexOf('\n\n') + 1);
}

/** One signature line, with its newline. */
export function noteLine(type: NoteSignatureType, key: NoteKey, signature: Uint8Array): string {
  return `\u2014 ${key.name} ${bytesToBase64(concatBytes(noteKeyId(type, key), signature))}\n`;
}

/** What stands on the lines that claim to be by this key; lines in another form or by other keys are ignored. */
export function noteSignatures(note: string, type: NoteSignatureType, key: NoteKey): Uint8Array[] {
  const prefix = `\u2014 ${key.name} `;
  const keyId = noteKeyId(type, key);
  const lines = note.slice(note.indexOf('\n\n') + 2).split('\n');
  return lines.flatMap((line) => {
    if (!line.startsWith(prefix)) return [];
    const encoded = line.slice(prefix.length);
    const bytes = base64ToBytes(encoded);
    const isOurs = bytesToBase64(bytes) === encoded && equalBytes(bytes.subarray(0, 4), keyId);
    return isOurs ? [bytes.subarray(4)] : [];
  });
}

/** First 4 bytes of SHA-256(name ‖ "\n" ‖ type ‖ public key). */
function noteKeyId(type: NoteSignatureType, { name, publicKey }: NoteKey): Uint8Array {
  const named = new TextEncoder().encode(`${name}\n`);
  return sha256(named, Uint8Array.of(type), fromHex(publicKey)).subarray(0, 4);
}

import { createHash } from 'node:crypto';
import { fromHex, type Hex, toHex } from '@hearth/attestation/receipt';
import type { Beacon } from './clearing.ts';
import { HearthError } from './errors.ts';
import { type Ed25519Key, verifyEd25519 } from './signed-message.ts';

/**
 * A checkpoint of the transparency log as a C2SP signed note (tlog-checkpoint, signed-note):
 * origin, tree size, base64 root, then two extension lines, then one signature line per signer.
 */
export type Checkpoint = {
  readonly origin: string;
  readonly treeSize: number;
  readonly root: Hex;
  /** Clock of the log when it signed. */
  readonly timeMs: number;
  /** Newest finalised block of the settlement chain at that time. */
  readonly beacon: Beacon;
};

export function signCheckpoint(checkpoint: Checkpoint, key: Ed25519Key): string {
  const text = noteText(checkpoint);
  const signature = Buffer.concat([noteKeyId(checkpoint.origin, key.publicKey), key.sign(Buffer.from(text))]);
  return `${text}\n\u2014 ${checkpoint.origin} ${signature.toString('base64')}\n`;
}

/**
 * Parses a note and checks that `publicKey` signed it.
 * @throws HearthError `invalid_request` for another form, `invalid_signature` when no signature line is by that key
 */
export function verifyCheckpoint(note: string, publicKey: Hex): Checkpoint {
  const separator = note.indexOf('\n\n');
  const text = note.slice(0, separator + 1);
  const checkpoint = parseNoteText(text);
  const prefix = `\u2014 ${checkpoint.origin} `;
  const lines = note.slice(separator + 2).split('\n');
  const keyId = noteKeyId(checkpoint.origin, publicKey);
  const signed = lines.some((line) => {
    if (!line.startsWith(prefix)) return false;
    const encoded = line.slice(prefix.length);
    const bytes = Buffer.from(encoded, 'base64');
    if (bytes.toString('base64') !== encoded) return false;
    return (
      bytes.length === 68 &&
      bytes.subarray(0, 4).equals(keyId) &&
      verifyEd25519(Buffer.from(text), bytes.subarray(4), publicKey)
    );
  });
  if (!signed)
    throw new HearthError('invalid_signature', `checkpoint: expected a signature by log key ${publicKey}`);
  return checkpoint;
}

function noteText(checkpoint: Checkpoint): string {
  const root = Buffer.from(fromHex(checkpoint.root)).toString('base64');
  const { blockNumber, blockHash, timestampMs } = checkpoint.beacon;
  return [
    checkpoint.origin,
    checkpoint.treeSize,
    root,
    `time ${checkpoint.timeMs}`,
    `beacon ${blockNumber} ${blockHash} ${timestampMs}`,
    '',
  ].join('\n');
}

function parseNoteText(text: string): Checkpoint {
  const [origin, size, root, time, beacon] = text.split('\n');
  const times = /^time (\d{1,15})$/.exec(time ?? '');
  const block = /^beacon (\d{1,15}) (0x[0-9a-f]{64}) (\d{1,15})$/.exec(beacon ?? '');
  const rootBytes = Buffer.from(root ?? '', 'base64');
  if (!origin || !/^\d{1,15}$/.test(size ?? '') || rootBytes.length !== 32 || !times || !block) {
    throw new HearthError(
      'invalid_request',
      'checkpoint: expected origin, size, root, time and beacon lines',
    );
  }
  const checkpoint = {
    origin,
    treeSize: Number(size),
    root: toHex(rootBytes),
    timeMs: Number(times[1]),
    beacon: { blockNumber: Number(block[1]), blockHash: block[2] as Hex, timestampMs: Number(block[3]) },
  };
  if (noteText(checkpoint) !== text)
    throw new HearthError('invalid_request', 'checkpoint: not in canonical form');
  return checkpoint;
}

/** First 4 bytes of SHA-256(name ‖ "\n" ‖ 0x01 ‖ public key) (C2SP signed-note, Ed25519). */
function noteKeyId(name: string, publicKey: Hex): Buffer {
  return createHash('sha256')
    .update(`${name}\n`)
    .update(Uint8Array.of(1))
    .update(fromHex(publicKey))
    .digest()
    .subarray(0, 4);
}

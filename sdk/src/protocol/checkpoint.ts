import { fromHex, type Hex, toHex } from '@hearth/attestation/receipt';
import { type Beacon, beaconLine, parseBeaconLine } from './beacon.ts';
import { HearthError } from './errors.ts';
import { type Ed25519Key, verifyEd25519 } from './signed-message.ts';
import { noteLine, noteSignatures, noteSignatureTypes, noteText } from './signed-note.ts';
import { base64ToBytes, bytesToBase64 } from './units.ts';

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
  /** Newest finalised block of the settlement chain at that time, or newest round of a drand network. */
  readonly beacon: Beacon;
};

export function signCheckpoint(checkpoint: Checkpoint, key: Ed25519Key): string {
  const text = textOf(checkpoint);
  const logKey = { name: checkpoint.origin, publicKey: key.publicKey };
  return `${text}\n${noteLine(noteSignatureTypes.ed25519, logKey, key.sign(new TextEncoder().encode(text)))}`;
}

/**
 * Parses a note and checks that `publicKey` signed it.
 * @throws HearthError `invalid_request` for another form, `invalid_signature` when no signature line is by that key
 */
export function verifyCheckpoint(note: string, publicKey: Hex): Checkpoint {
  const text = noteText(note);
  const checkpoint = parseNoteText(text);
  const logKey = { name: checkpoint.origin, publicKey };
  const signed = noteSignatures(note, noteSignatureTypes.ed25519, logKey).some((signature) =>
    verifyEd25519(new TextEncoder().encode(text), signature, publicKey),
  );
  if (!signed)
    throw new HearthError('invalid_signature', `checkpoint: expected a signature by log key ${publicKey}`);
  return checkpoint;
}

function textOf(checkpoint: Checkpoint): string {
  const root = bytesToBase64(fromHex(checkpoint.root));
  return [
    checkpoint.origin,
    checkpoint.treeSize,
    root,
    `time ${checkpoint.timeMs}`,
    beaconLine(checkpoint.beacon),
    '',
  ].join('\n');
}

function parseNoteText(text: string): Checkpoint {
  const [origin, size, root, time, line] = text.split('\n');
  const times = /^time (\d{1,15})$/.exec(time ?? '');
  const beacon = parseBeaconLine(line ?? '');
  const rootBytes = base64ToBytes(root ?? '');
  if (!origin || !/^\d{1,15}$/.test(size ?? '') || rootBytes.length !== 32 || !times || !beacon) {
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
    beacon,
  };
  if (textOf(checkpoint) !== text)
    throw new HearthError('invalid_request', 'checkpoint: not in canonical form');
  return checkpoint;
}

import { concatBytes } from '@noble/hashes/utils.js';
import { type Ed25519Key, verifyEd25519 } from './signed-message.ts';
import { type NoteKey, noteLine, noteSignatures, noteSignatureTypes, noteText } from './signed-note.ts';

/** A witness's word that, at this time, the largest tree it had seen of this log was the note's, and grew from all before. */
export interface Cosignature {
  readonly witness: string;
  readonly timeUnixSec: number;
}

/** The witness's line under a checkpoint: C2SP tlog-cosignature, `cosignature/v1` with Ed25519. */
export function cosignCheckpoint(note: string, name: string, key: Ed25519Key, timeUnixSec: number): string {
  const time = new Uint8Array(8);
  new DataView(time.buffer).setBigUint64(0, BigInt(timeUnixSec));
  const signature = key.sign(cosignedBytes(note, timeUnixSec));
  return noteLine(
    noteSignatureTypes.cosignature,
    { name, publicKey: key.publicKey },
    concatBytes(time, signature),
  );
}

/** Which of these witnesses have cosigned the note; one entry per witness, its newest. */
export function cosignaturesOf(note: string, witnesses: readonly NoteKey[]): Cosignature[] {
  return witnesses.flatMap((witness) => {
    const times = noteSignatures(note, noteSignatureTypes.cosignature, witness)
      .filter((bytes) => bytes.length === 72)
      .map((bytes) => ({ timeUnixSec: timeOf(bytes), signature: bytes.subarray(8) }))
      .filter(({ timeUnixSec, signature }) =>
        verifyEd25519(cosignedBytes(note, timeUnixSec), signature, witness.publicKey),
      )
      .map(({ timeUnixSec }) => timeUnixSec);
    return times.length === 0 ? [] : [{ witness: witness.name, timeUnixSec: Math.max(...times) }];
  });
}

function cosignedBytes(note: string, timeUnixSec: number): Uint8Array {
  return new TextEncoder().encode(`cosignature/v1\ntime ${timeUnixSec}\n${noteText(note)}`);
}

function timeOf(signed: Uint8Array): number {
  return Number(new DataView(signed.buffer, signed.byteOffset).getBigUint64(0));
}

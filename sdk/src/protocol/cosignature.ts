import { type Ed25519Key, verifyEd25519 } from './signed-message.ts';
import { type NoteKey, noteLine, noteSignatures, noteSignatureTypes, noteText } from './signed-note.ts';

/** A witness's word that, at this time, the largest tree it had seen of this log was the note's, and grew from all before. */
export interface Cosignature {
  readonly witness: string;
  readonly timeUnixSec: number;
}

/** The witness's line under a checkpoint: C2SP tlog-cosignature, `cosignature/v1` with Ed25519. */
export function cosignCheckpoint(note: string, name: string, key: Ed25519Key, timeUnixSec: number): string {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(timeUnixSec));
  const signature = key.sign(cosignedBytes(note, timeUnixSec));
  return noteLine(
    noteSignatureTypes.cosignature,
    { name, publicKey: key.publicKey },
    Buffer.concat([time, signature]),
  );
}

/** Which of these witnesses have cosigned the note; one entry per witness, its newest. */
export function cosignaturesOf(note: string, witnesses: readonly NoteKey[]): Cosignature[] {
  return witnesses.flatMap((witness) => {
    const times = noteSignatures(note, noteSignatureTypes.cosignature, witness)
      .filter((bytes) => bytes.length === 72)
      .map((bytes) => ({ timeUnixSec: Number(bytes.readBigUInt64BE()), signature: bytes.subarray(8) }))
      .filter(({ timeUnixSec, signature }) =>
        verifyEd25519(cosignedBytes(note, timeUnixSec), signature, witness.publicKey),
      )
      .map(({ timeUnixSec }) => timeUnixSec);
    return times.length === 0 ? [] : [{ witness: witness.name, timeUnixSec: Math.max(...times) }];
  });
}

function cosignedBytes(note: string, timeUnixSec: number): Uint8Array {
  return Buffer.from(`cosignature/v1\ntime ${timeUnixSec}\n${noteText(note)}`);
}

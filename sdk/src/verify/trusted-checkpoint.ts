import {
  type Checkpoint,
  cosignaturesOf,
  HearthError,
  type TrustFile,
  verifyCheckpoint,
} from '../protocol/index.ts';

/** The checkpoint of a note, if it is by one of the trusted log keys. */
export function checkpointByLog(
  note: string,
  { logKeys }: Pick<TrustFile, 'logKeys'>,
): Checkpoint | undefined {
  for (const { name, publicKey } of logKeys) {
    try {
      const checkpoint = verifyCheckpoint(note, publicKey);
      if (checkpoint.origin === name) return checkpoint;
    } catch (error) {
      if (!(error instanceof HearthError)) throw error;
    }
  }
  return undefined;
}

/** Of the witnesses in the trust file: who cosigned the note, and whether that is the quorum. */
export function witnessesOf(note: string, { witnesses }: Pick<TrustFile, 'witnesses'>) {
  if (!witnesses) return { cosigned: [], quorum: 0, isMet: true };
  const cosigned = cosignaturesOf(note, witnesses.keys);
  return { cosigned, quorum: witnesses.quorum, isMet: cosigned.length >= witnesses.quorum };
}

import { fromHex, type Hex, toHex } from '@hearth/attestation/receipt';
import { HearthError } from './errors.ts';
import { base64ToBytes, bytesToBase64 } from './units.ts';

/** C2SP tlog-witness: where a log sends its new checkpoint, below a witness's submission prefix. */
export const addCheckpointPath = '/add-checkpoint';
/** Type of the answer that names the size which the witness cosigned last. */
export const treeSizeContentType = 'text/x.tlog.size';

const MAX_PROOF_LINES = 63;

export interface AddCheckpoint {
  readonly oldSize: number;
  readonly consistency: readonly Hex[];
  readonly note: string;
}

export function encodeAddCheckpoint({ oldSize, consistency, note }: AddCheckpoint): string {
  const proof = consistency.map((hash) => `${bytesToBase64(fromHex(hash))}\n`);
  return `old ${oldSize}\n${proof.join('')}\n${note}`;
}

/** @throws HearthError `invalid_request` */
export function parseAddCheckpoint(body: string): AddCheckpoint {
  const end = body.indexOf('\n\n');
  const [old = '', ...proof] = body.slice(0, Math.max(0, end)).split('\n');
  const size = /^old (0|[1-9]\d{0,14})$/.exec(old)?.[1];
  const hashes = proof.map(base64ToBytes);
  const isCanonical = hashes.every((hash, i) => hash.length === 32 && bytesToBase64(hash) === proof[i]);
  if (size === undefined || proof.length > MAX_PROOF_LINES || !isCanonical)
    throw new HearthError(
      'invalid_request',
      `add-checkpoint: expected an old size, at most ${MAX_PROOF_LINES} hashes, an empty line and a checkpoint`,
    );
  return { oldSize: Number(size), consistency: hashes.map(toHex), note: body.slice(end + 2) };
}

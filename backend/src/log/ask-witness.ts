import type { Hex } from '@hearth/attestation/receipt';
import {
  addCheckpointPath,
  cosignaturesOf,
  encodeAddCheckpoint,
  HearthError,
  treeSizeContentType,
} from '@hearth/sdk/protocol';
import type { WitnessAddress } from './witness-file.ts';

const timeoutMs = 2_000;
const maxAnswerBytes = 16 * 1024;

export interface CosigningRequest {
  readonly note: string;
  /** Size that the witness is thought to have cosigned last. */
  readonly oldSize: number;
  prove(oldSize: number): Promise<readonly Hex[]>;
}

/**
 * The witness's signature lines for the note; asked again, once, when it remembers another size than we thought.
 * @throws HearthError `unavailable`, `timeout`, or `peer_protocol_violation` for an answer that is no cosignature
 */
export async function askWitness(
  witness: WitnessAddress,
  { note, oldSize, prove }: CosigningRequest,
): Promise<string> {
  const first = await post(
    witness,
    encodeAddCheckpoint({ note, oldSize, consistency: await prove(oldSize) }),
  );
  if (first.status !== 409) return linesOf(witness, note, first);
  const known = /^(0|[1-9]\d{0,14})\n$/.exec(first.text)?.[1];
  if (!first.isSize || known === undefined || Number(known) === oldSize)
    throw new HearthError('peer_protocol_violation', `witness ${witness.name}: it refuses without a size`);
  const knownSize = Number(known);
  return linesOf(
    witness,
    note,
    await post(
      witness,
      encodeAddCheckpoint({ note, oldSize: knownSize, consistency: await prove(knownSize) }),
    ),
  );
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly isSize: boolean;
}

async function post({ name, url }: WitnessAddress, body: string): Promise<Answer> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url.replace(/\/$/, '') + addCheckpointPath, {
      method: 'POST',
      body,
      signal,
      redirect: 'error',
    });
    const text = await response.text();
    const isSize = response.headers.get('content-type') === treeSizeContentType;
    return { status: response.status, text: text.slice(0, maxAnswerBytes), isSize };
  } catch (cause) {
    throw new HearthError(signal.aborted ? 'timeout' : 'unavailable', `witness ${name}: no answer`, {
      cause,
    });
  }
}

/** Only what is really its cosignature goes into our note: a witness must not be able to write into it. */
function linesOf(witness: WitnessAddress, note: string, { status, text }: Answer): string {
  if (status !== 200)
    throw new HearthError('peer_protocol_violation', `witness ${witness.name}: refused with HTTP ${status}`);
  const line = text.split('\n').find((one) => cosignaturesOf(`${note}${one}\n`, [witness]).length > 0);
  if (line === undefined)
    throw new HearthError('peer_protocol_violation', `witness ${witness.name}: no cosignature by its key`);
  return `${line}\n`;
}

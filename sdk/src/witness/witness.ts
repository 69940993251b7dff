import { fromHex, isConsistent } from '@hearth/attestation/receipt';
import {
  type AddCheckpoint,
  type Checkpoint,
  cosignCheckpoint,
  type Ed25519Key,
  HearthError,
  type LogFork,
  type NoteKey,
  parseAddCheckpoint,
  treeSizeContentType,
  verifyCheckpoint,
} from '../protocol/index.ts';

export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly contentType?: typeof treeSizeContentType;
  readonly body: string;
  /** Two signed histories of one log: to be kept and shown to others. */
  readonly fork?: LogFork;
}

/** What was cosigned last, by origin of the log. */
export interface CosignedNotes {
  newest(origin: string): string | undefined;
  /** Durable when this resolves. */
  remember(origin: string, note: string): Promise<void>;
}

export type WitnessContext = {
  readonly name: string;
  readonly key: Ed25519Key;
  readonly logs: readonly NoteKey[];
  readonly memory: CosignedNotes;
  readonly nowMs: () => number;
};

/** Watches logs: cosigns a checkpoint only if it grew from the last one that it cosigned (C2SP tlog-witness). */
export class Witness {
  readonly #context: WitnessContext;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(context: WitnessContext) {
    this.#context = context;
  }

  /** One after the other: what is checked against is what will be replaced. */
  addCheckpoint(body: string): Promise<WitnessAnswer> {
    const answer = this.#turn.then(() => this.#answer(body));
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  async #answer(body: string): Promise<WitnessAnswer> {
    let request: AddCheckpoint;
    try {
      request = parseAddCheckpoint(body);
    } catch (error) {
      if (!(error instanceof HearthError)) throw error;
      return { status: 400, body: `${error.message}\n` };
    }
    const log = this.#context.logs.find(({ name }) => request.note.startsWith(`${name}\n`));
    if (!log) return { status: 404, body: 'this witness does not watch that log\n' };
    const checkpoint = signedBy(log, request.note);
    if (!checkpoint) return { status: 403, body: "expected a signature by the log's key\n" };
    return this.#judge(request, log, checkpoint);
  }

  async #judge(request: AddCheckpoint, log: NoteKey, checkpoint: Checkpoint): Promise<WitnessAnswer> {
    const { oldSize, consistency, note } = request;
    const { memory, name, key, nowMs } = this.#context;
    if (oldSize > checkpoint.treeSize) return { status: 400, body: 'the old size is above the new one\n' };
    const lastNote = memory.newest(log.name);
    const last = lastNote === undefined ? undefined : verifyCheckpoint(lastNote, log.publicKey);
    if (last && lastNote && last.treeSize === checkpoint.treeSize && last.root !== checkpoint.root) {
      const fork = { schema: 'hearth-log-fork/1', older: lastNote, newer: note } as const;
      return {
        status: 409,
        body: `${last.treeSize}\n`,
        contentType: treeSizeContentType,
        fork: { ...fork, prefixRoot: checkpoint.root, path: [] },
      };
    }
    const expected = last?.treeSize ?? 0;
    if (oldSize !== expected) return { status: 409, body: `${expected}\n`, contentType: treeSizeContentType };
    if (!grewFrom(last, checkpoint, consistency)) return { status: 422, body: 'the proof does not hold\n' };
    await memory.remember(log.name, note); // before the signature leaves, or a crash could sign a fork
    return { status: 200, body: cosignCheckpoint(note, name, key, Math.floor(nowMs() / 1000)) };
  }
}

/** From nothing, anything grows, and there is nothing to prove. */
function grewFrom(
  last: Checkpoint | undefined,
  next: Checkpoint,
  proof: AddCheckpoint['consistency'],
): boolean {
  if (last === undefined || last.treeSize === 0) return proof.length === 0;
  const path = proof.map(fromHex);
  return isConsistent(last.treeSize, fromHex(last.root), next.treeSize, fromHex(next.root), path);
}

function signedBy(log: NoteKey, note: string): Checkpoint | undefined {
  try {
    const checkpoint = verifyCheckpoint(note, log.publicKey);
    return checkpoint.origin === log.name ? checkpoint : undefined;
  } catch (error) {
    if (error instanceof HearthError) return undefined;
    throw error;
  }
}

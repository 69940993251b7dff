import { consistencyProof, type Hex, inclusionProof, merkleRoot, toHex } from '@hearth/attestation/receipt';
import {
  type Beacon,
  type Checkpoint,
  type Ed25519Key,
  type LogEntry,
  logEntry,
  logLeafHash,
  type ProvenEntry,
  type QualityTable,
  signCheckpoint,
} from '@hearth/sdk/protocol';
import { z } from 'zod';

/** An RFC 6962 log in memory, proving as the gateway's log proves. */
export class WorldLog {
  readonly #entries: ReturnType<typeof encode>[] = [];
  readonly #hashes: Uint8Array[] = [];

  get size(): number {
    return this.#hashes.length;
  }

  /** @returns the index of the entry */
  append(entry: LogEntry): number {
    const json = encode(entry);
    this.#entries.push(json);
    return this.#hashes.push(logLeafHash(json)) - 1;
  }

  root(size = this.size): Hex {
    return toHex(merkleRoot(this.#hashes.slice(0, size)));
  }

  prove(index: number, treeSize = this.size): ProvenEntry {
    const path = inclusionProof(this.#hashes.slice(0, treeSize), index).map(toHex);
    return { entry: this.#entries[index], index, treeSize, path };
  }

  consistency(oldSize: number): Hex[] {
    return consistencyProof(this.#hashes, oldSize).map(toHex);
  }

  checkpoint(origin: string, timeMs: number, beacon: Beacon): Checkpoint {
    return { origin, treeSize: this.size, root: this.root(), timeMs, beacon };
  }
}

export const noteOf = (checkpoint: Checkpoint, key: Ed25519Key): string => signCheckpoint(checkpoint, key);

const encode = (entry: LogEntry) => z.encode(logEntry, entry);

/** A quality table without news. */
export const emptyTable: QualityTable = {
  v: 1,
  fromIndex: 0,
  toIndex: 0,
  platforms: [],
  nodes: [],
  pools: [],
};

import type { Hex } from '@hearth/attestation/receipt';
import { leafHash, toHex } from '@hearth/attestation/receipt';
import { canonicalBytes, type LogEntryJson } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { EntityManager } from 'typeorm';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { LogTail, type PreparedLeaf } from './log-tail.ts';
import { NodeStore } from './node-store.ts';

export interface AppendedEntry {
  readonly index: number;
  readonly leafHash: Hex;
}

/** The log while nobody else appends to it. */
export interface LockedLog {
  /** Appends entries in order; an entry that stands already keeps its index. */
  append(entries: readonly LogEntryJson[]): Promise<AppendedEntry[]>;
}

/** Key space of our advisory locks; the second key is the chain reference. */
const appendLock = 0x6c6f67; // "log"

/** The append side of the RFC 6962 log: leaves get their index in one sequence, whoever appends. */
@Injectable()
export class TransparencyLog {
  constructor(
    private readonly chain: ChainIdentity,
    private readonly nodes: NodeStore,
    private readonly tail: LogTail,
  ) {}

  /** In the caller's transaction, which holds the log's lock until it ends: call it last and keep the transaction short. */
  async append(tx: EntityManager, entries: readonly LogEntryJson[]): Promise<AppendedEntry[]> {
    return (await this.lock(tx)).append(entries);
  }

  /** Until the transaction ends nobody else appends: for what must be true of the log's very end. */
  async lock(tx: EntityManager): Promise<LockedLog> {
    await tx.query(`SELECT pg_advisory_xact_lock($1, $2)`, [appendLock, this.chain.ref]);
    return { append: (entries) => this.appendLocked(tx, entries) };
  }

  /** Number of leaves that are committed. */
  size(tx: EntityManager): Promise<number> {
    return this.nodes.treeSize(tx);
  }

  private async appendLocked(tx: EntityManager, entries: readonly LogEntryJson[]): Promise<AppendedEntry[]> {
    const leaves = entries.map(prepare);
    const tail = await this.tail.read(tx, leaves);
    const { size, known } = tail;
    const fresh = distinct(leaves.filter((leaf) => !known.has(toHex(leaf.hash))));
    if (fresh.length > 0) await this.tail.extend(tx, tail, fresh);
    for (const [offset, leaf] of fresh.entries()) known.set(toHex(leaf.hash), size + offset);
    return leaves.map((leaf) => ({
      leafHash: toHex(leaf.hash),
      index: known.get(toHex(leaf.hash)) as number,
    }));
  }
}

function prepare(entry: LogEntryJson): PreparedLeaf {
  const bytes = canonicalBytes(entry);
  return { kind: entry.kind, entry: new TextDecoder().decode(bytes), hash: leafHash(bytes) };
}

function distinct(leaves: readonly PreparedLeaf[]): PreparedLeaf[] {
  return [...new Map(leaves.map((leaf) => [toHex(leaf.hash), leaf])).values()];
}

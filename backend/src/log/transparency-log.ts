import type { Hex } from '@hearth/attestation/receipt';
import { leafHash, toHex } from '@hearth/attestation/receipt';
import { canonicalBytes, type LogEntryJson } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { EntityManager } from 'typeorm';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { completedNodes, perfectNodes } from './merkle-plan.ts';
import { NodeStore } from './node-store.ts';

export interface AppendedEntry {
  readonly index: number;
  readonly leafHash: Hex;
}

interface PreparedLeaf {
  readonly kind: string;
  readonly entry: string;
  readonly hash: Uint8Array;
}

/** Key space of our advisory locks; the second key is the chain reference. */
const appendLock = 0x6c6f67; // "log"

/** The append side of the RFC 6962 log: leaves get their index in one sequence, whoever appends. */
@Injectable()
export class TransparencyLog {
  constructor(
    private readonly chain: ChainIdentity,
    private readonly nodes: NodeStore,
  ) {}

  /**
   * Appends entries in order, in the caller's transaction; an entry that stands already keeps its index.
   * Holds the log's lock until that transaction ends: call it last and keep the transaction short.
   */
  async append(tx: EntityManager, entries: readonly LogEntryJson[]): Promise<AppendedEntry[]> {
    await this.lock(tx);
    const leaves = entries.map(prepare);
    const known = await this.knownIndexes(tx, leaves);
    const fresh = distinct(leaves.filter((leaf) => !known.has(toHex(leaf.hash))));
    if (fresh.length > 0) {
      const size = await this.nodes.treeSize(tx);
      await this.save(tx, size, fresh);
      for (const [offset, leaf] of fresh.entries()) known.set(toHex(leaf.hash), size + offset);
    }
    return leaves.map((leaf) => ({
      leafHash: toHex(leaf.hash),
      index: known.get(toHex(leaf.hash)) as number,
    }));
  }

  /** Until the transaction ends nobody else appends: for what must be true of the log's very end. */
  async lock(tx: EntityManager): Promise<void> {
    await tx.query(`SELECT pg_advisory_xact_lock($1, $2)`, [appendLock, this.chain.ref]);
  }

  /** Number of leaves that are committed. */
  size(tx: EntityManager): Promise<number> {
    return this.nodes.treeSize(tx);
  }

  private async knownIndexes(tx: EntityManager, leaves: readonly PreparedLeaf[]): Promise<Map<Hex, number>> {
    const rows: { leaf_hash: Buffer; leaf_index: string }[] = await tx.query(
      `SELECT leaf_hash, leaf_index FROM log_leaf WHERE chain_ref = $1 AND leaf_hash = ANY($2::bytea[])`,
      [this.chain.ref, leaves.map((leaf) => Buffer.from(leaf.hash))],
    );
    return new Map(rows.map((row) => [toHex(row.leaf_hash), Number(row.leaf_index)]));
  }

  private async save(tx: EntityManager, size: number, leaves: readonly PreparedLeaf[]): Promise<void> {
    const edge = await this.nodes.load(tx, perfectNodes({ from: 0, to: size }));
    await tx.query(
      `INSERT INTO log_leaf (chain_ref, leaf_index, kind, leaf_hash, entry)
       SELECT $1, leaf_index, kind, leaf_hash, entry
         FROM unnest($2::bigint[], $3::text[], $4::bytea[], $5::text[]) AS l (leaf_index, kind, leaf_hash, entry)`,
      [
        this.chain.ref,
        leaves.map((_, offset) => size + offset),
        leaves.map((leaf) => leaf.kind),
        leaves.map((leaf) => Buffer.from(leaf.hash)),
        leaves.map((leaf) => leaf.entry),
      ],
    );
    await this.nodes.save(
      tx,
      completedNodes(
        size,
        leaves.map((leaf) => leaf.hash),
        edge,
      ),
    );
  }
}

function prepare(entry: LogEntryJson): PreparedLeaf {
  const bytes = canonicalBytes(entry);
  return { kind: entry.kind, entry: new TextDecoder().decode(bytes), hash: leafHash(bytes) };
}

function distinct(leaves: readonly PreparedLeaf[]): PreparedLeaf[] {
  return [...new Map(leaves.map((leaf) => [toHex(leaf.hash), leaf])).values()];
}

import { type Hex, toHex } from '@hearth/attestation/receipt';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { type CompletedNode, completedNodes, type NodeLookup } from './merkle-plan.ts';

/** What an append must know: how many leaves there are, the subtrees on the right edge, and which of some leaves stand already. */
interface Tail {
  readonly size: number;
  readonly edge: NodeLookup;
  readonly known: Map<Hex, number>;
}

export interface PreparedLeaf {
  readonly kind: string;
  readonly entry: string;
  readonly hash: Uint8Array;
}

type Row = { size: string; level: number | null; leaf_index: string | null; hash: Buffer | null };

/** The end of the log: read in one statement and written in another, both under the log's lock. */
@Injectable()
export class LogTail {
  constructor(private readonly chain: ChainIdentity) {}

  async read(tx: EntityManager, leaves: readonly PreparedLeaf[]): Promise<Tail> {
    // The subtree of 2^level leaves that ends the part of the tree above it is there where `size` has that bit.
    const rows: Row[] = await tx.query(
      `WITH tail AS (SELECT coalesce(max(leaf_index) + 1, 0) AS size FROM log_leaf WHERE chain_ref = $1)
       SELECT size, NULL::integer AS level, NULL::bigint AS leaf_index, NULL::bytea AS hash FROM tail
       UNION ALL
       SELECT size, n.level, NULL, n.hash
         FROM tail, generate_series(0, 52) AS bit (level)
         JOIN LATERAL (SELECT bit.level, hash FROM log_node
                        WHERE chain_ref = $1 AND level = bit.level AND node_index = (tail.size >> bit.level) - 1) n ON true
        WHERE (tail.size >> bit.level) & 1 = 1
       UNION ALL
       SELECT size, NULL, leaf_index, leaf_hash FROM tail, log_leaf
        WHERE chain_ref = $1 AND leaf_hash = ANY($2::bytea[])`,
      [this.chain.ref, leaves.map(({ hash }) => Buffer.from(hash))],
    );
    const edge = new Map<number, Uint8Array>();
    const known = new Map<Hex, number>();
    for (const { level, leaf_index, hash } of rows) {
      if (hash === null) continue;
      if (level !== null) edge.set(level, new Uint8Array(hash));
      else known.set(toHex(hash), Number(leaf_index));
    }
    return {
      size: Number(rows[0]?.size),
      known,
      edge: ({ level, index }) => {
        const hash = edge.get(level);
        if (hash === undefined)
          throw new Error(`log node ${level}/${index}: expected a stored hash, got none`);
        return hash;
      },
    };
  }

  /** Adds leaves and the subtrees that they complete, and tells every replica once that is committed (`LogNews`). */
  async extend(tx: EntityManager, { size, edge }: Tail, leaves: readonly PreparedLeaf[]): Promise<void> {
    const nodes: readonly CompletedNode[] = completedNodes(
      size,
      leaves.map(({ hash }) => hash),
      edge,
    );
    await tx.query(
      `WITH leaves AS (
         INSERT INTO log_leaf (chain_ref, leaf_index, kind, leaf_hash, entry)
         SELECT $1, leaf_index, kind, leaf_hash, entry
           FROM unnest($2::bigint[], $3::text[], $4::bytea[], $5::text[]) AS l (leaf_index, kind, leaf_hash, entry)
       ), nodes AS (
         INSERT INTO log_node (chain_ref, level, node_index, hash)
         SELECT $1, level, node_index, hash
           FROM unnest($6::smallint[], $7::bigint[], $8::bytea[]) AS n (level, node_index, hash)
       ) SELECT pg_notify($9, $10)`,
      [
        this.chain.ref,
        leaves.map((_, offset) => size + offset),
        leaves.map(({ kind }) => kind),
        leaves.map(({ hash }) => Buffer.from(hash)),
        leaves.map(({ entry }) => entry),
        nodes.map(({ id }) => id.level),
        nodes.map(({ id }) => id.index),
        nodes.map(({ hash }) => Buffer.from(hash)),
        channelOf(this.chain),
        `${size + leaves.length}`,
      ],
    );
  }
}

/** Where Postgres tells the size that this chain's log has grown to. */
export const channelOf = ({ ref }: ChainIdentity): string => `hearth_log_${ref}`;

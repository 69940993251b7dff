import { Injectable } from '@nestjs/common';
import { EntityManager } from 'typeorm';
import { ChainIdentity } from '../platform/chain-identity.ts';
import type { NodeId, NodeLookup } from './merkle-plan.ts';

/** Loads subtree hashes of this chain's log. */
@Injectable()
export class NodeStore {
  constructor(private readonly chain: ChainIdentity) {}

  /** One query for all; a missing node means the tables contradict each other. */
  async load(tx: EntityManager, ids: readonly NodeId[]): Promise<NodeLookup> {
    const rows: { level: number; node_index: string; hash: Buffer }[] =
      ids.length === 0
        ? []
        : await tx.query(
            `SELECT n.level, n.node_index, n.hash FROM log_node n
               JOIN unnest($2::smallint[], $3::bigint[]) AS wanted (level, node_index)
                 ON n.level = wanted.level AND n.node_index = wanted.node_index
              WHERE n.chain_ref = $1`,
            [this.chain.ref, ids.map((id) => id.level), ids.map((id) => id.index)],
          );
    const hashes = new Map(rows.map((row) => [`${row.level}/${row.node_index}`, new Uint8Array(row.hash)]));
    return ({ level, index }) => {
      const hash = hashes.get(`${level}/${index}`);
      if (hash === undefined) throw new Error(`log node ${level}/${index}: expected a stored hash, got none`);
      return hash;
    };
  }

  async treeSize(tx: EntityManager): Promise<number> {
    const rows: { size: string }[] = await tx.query(
      `SELECT coalesce(max(leaf_index) + 1, 0) AS size FROM log_leaf WHERE chain_ref = $1`,
      [this.chain.ref],
    );
    return Number(rows[0]?.size ?? 0);
  }
}

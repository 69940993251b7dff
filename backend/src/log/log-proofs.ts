import { fromHex, type Hex, toHex } from '@hearth/attestation/receipt';
import { HearthError, type LogEntryJson } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { DataSource, EntityManager } from 'typeorm';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { consistencyRanges, hashOf, inclusionRanges, perfectNodes } from './merkle-plan.ts';
import { NodeStore } from './node-store.ts';

/** The read side of the log: entries and the proofs that they stand where they stand. */
@Injectable()
export class LogProofs {
  private readonly manager: EntityManager;

  constructor(
    dataSource: DataSource,
    private readonly chain: ChainIdentity,
    private readonly nodes: NodeStore,
  ) {
    this.manager = dataSource.manager;
  }

  /** Entries [start, end), at most `limit`, as the JSON whose canonical bytes are the leaves. */
  async entries(start: number, end: number, limit = 1000): Promise<LogEntryJson[]> {
    const rows: { entry: string }[] = await this.manager.query(
      `SELECT entry FROM log_leaf WHERE chain_ref = $1 AND leaf_index >= $2 AND leaf_index < $3 ORDER BY leaf_index LIMIT $4`,
      [this.chain.ref, start, end, limit],
    );
    return rows.map((row) => JSON.parse(row.entry) as LogEntryJson);
  }

  /** Notes signed for trees of at least `treeSize` leaves, by size and time; of that very size only those after `afterMs`. */
  async checkpoints(treeSize: number, afterMs: number, limit = 1000): Promise<string[]> {
    const rows: { note: string }[] = await this.manager.query(
      `SELECT note FROM log_checkpoint WHERE chain_ref = $1 AND (tree_size, time_ms) > ($2::bigint, $3::bigint)
        ORDER BY tree_size, time_ms LIMIT $4`,
      [this.chain.ref, treeSize, afterMs, limit],
    );
    return rows.map(({ note }) => note);
  }

  /** @throws HearthError `not_found` */
  async indexOf(leafHash: Hex): Promise<number> {
    const rows: { leaf_index: string }[] = await this.manager.query(
      `SELECT leaf_index FROM log_leaf WHERE chain_ref = $1 AND leaf_hash = $2`,
      [this.chain.ref, Buffer.from(fromHex(leafHash))],
    );
    if (rows[0] === undefined) throw new HearthError('not_found', `log leaf ${leafHash}: not in the log`);
    return Number(rows[0].leaf_index);
  }

  /** Audit path of a leaf to the root of the first `treeSize` leaves. @throws HearthError `not_found` */
  async inclusion(index: number, treeSize: number): Promise<Hex[]> {
    await this.assertWithin(treeSize);
    if (index >= treeSize)
      throw new HearthError(
        'not_found',
        `log leaf ${index}: expected an index below the tree size ${treeSize}`,
      );
    return this.hashes(inclusionRanges(index, treeSize));
  }

  /** Proof that the first `from` leaves are a prefix of the first `to`. @throws HearthError `invalid_request`, `not_found` */
  async consistency(from: number, to: number): Promise<Hex[]> {
    await this.assertWithin(to);
    if (from < 1 || from > to)
      throw new HearthError(
        'invalid_request',
        `consistency proof: expected 1 ≤ from ≤ to, got from ${from} to ${to}`,
      );
    return this.hashes(consistencyRanges(from, to));
  }

  private async hashes(ranges: readonly { from: number; to: number }[]): Promise<Hex[]> {
    const lookup = await this.nodes.load(this.manager, ranges.flatMap(perfectNodes));
    return ranges.map((range) => toHex(hashOf(range, lookup)));
  }

  private async assertWithin(treeSize: number): Promise<void> {
    const size = await this.nodes.treeSize(this.manager);
    if (treeSize > size)
      throw new HearthError('not_found', `tree of ${treeSize} leaves: expected at most the present ${size}`);
  }
}

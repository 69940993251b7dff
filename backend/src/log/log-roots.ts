import { type Hex, MerkleFrontier, toHex } from '@hearth/attestation/receipt';
import { HearthError } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { DataSource, EntityManager } from 'typeorm';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { Metrics } from '../platform/metrics.ts';
import { Readiness } from '../platform/readiness.ts';
import { StructuredLog } from '../platform/structured-log.ts';
import { hashOf, perfectNodes } from './merkle-plan.ts';
import { NodeStore } from './node-store.ts';

interface SignedRoot {
  readonly treeSize: number;
  readonly root: Hex;
}

/** Leaves per read: bounds memory when a replica has fallen behind. */
const pageSize = 10_000;

/**
 * Roots that may be signed. Three must agree: the leaves as this process has seen them come, the stored subtrees that
 * proofs are made of, and what any replica signed for that size or one on the way to it. A process that finds a difference
 * says so and signs nothing more: after a restart it starts from what was signed last, which heals a fault of its memory
 * and not one of the tables.
 */
@Injectable()
export class LogRoots {
  private readonly manager: EntityManager;
  private fold: MerkleFrontier | undefined;
  private fault: HearthError | undefined;
  private readonly alarm: (level: number) => void;

  constructor(
    dataSource: DataSource,
    private readonly chain: ChainIdentity,
    private readonly nodes: NodeStore,
    private readonly readiness: Readiness,
    private readonly log: StructuredLog,
    metrics: Metrics,
  ) {
    this.manager = dataSource.manager;
    this.alarm = metrics.gauge(
      'hearth_log_roots_differ',
      '1 when this process computed another root of the log than was signed or stored, and stopped signing.',
    );
    this.alarm(0);
  }

  /** The agreed root of the first `treeSize` leaves, recorded before it returns. One call at a time, sizes never fall. @throws HearthError `unavailable` */
  async agree(treeSize: number): Promise<Hex> {
    if (this.fault !== undefined) throw this.fault;
    this.fold ??= await this.startFold(treeSize);
    if (treeSize < this.fold.size)
      this.fail(`log of ${treeSize} leaves: this process has seen ${this.fold.size}`);
    await this.grow(this.fold, treeSize);
    const root = toHex(this.fold.root());
    this.assertSame(treeSize, root, 'stored subtrees', await this.storedRoot(treeSize));
    this.assertSame(treeSize, root, 'signed', await this.record(treeSize, root));
    return root;
  }

  /** From what was signed last: the stored subtrees must still say the same of it. */
  private async startFold(treeSize: number): Promise<MerkleFrontier> {
    const newest = (await this.signed(0, treeSize, 'DESC'))[0];
    if (newest === undefined) return new MerkleFrontier();
    const ids = perfectNodes({ from: 0, to: newest.treeSize });
    const fold = new MerkleFrontier(newest.treeSize, ids.map(await this.nodes.load(this.manager, ids)));
    this.assertSame(newest.treeSize, toHex(fold.root()), 'signed', newest.root);
    return fold;
  }

  /** Stops at every size that some replica has signed and compares. */
  private async grow(fold: MerkleFrontier, treeSize: number): Promise<void> {
    const stops = await this.signed(fold.size + 1, treeSize, 'ASC');
    for (const stop of stops) {
      await this.appendLeaves(fold, stop.treeSize);
      this.assertSame(stop.treeSize, toHex(fold.root()), 'signed', stop.root);
    }
    await this.appendLeaves(fold, treeSize);
  }

  private async appendLeaves(fold: MerkleFrontier, treeSize: number): Promise<void> {
    while (fold.size < treeSize) {
      const rows: { leaf_hash: Buffer }[] = await this.manager.query(
        `SELECT leaf_hash FROM log_leaf WHERE chain_ref = $1 AND leaf_index >= $2 AND leaf_index < $3 ORDER BY leaf_index`,
        [this.chain.ref, fold.size, Math.min(treeSize, fold.size + pageSize)],
      );
      if (rows.length === 0)
        throw new Error(`log leaf ${fold.size}: expected ${treeSize} leaves, it is missing`);
      for (const { leaf_hash } of rows) fold.append(new Uint8Array(leaf_hash));
    }
  }

  private async storedRoot(treeSize: number): Promise<Hex> {
    const range = { from: 0, to: treeSize };
    return toHex(hashOf(range, await this.nodes.load(this.manager, perfectNodes(range))));
  }

  /** @returns what is signed for that size: ours, unless another replica was first. */
  private async record(treeSize: number, root: Hex): Promise<Hex> {
    await this.manager.query(
      `INSERT INTO log_root (chain_ref, tree_size, root) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
      [this.chain.ref, treeSize, root],
    );
    return (await this.signed(treeSize, treeSize, 'ASC'))[0]?.root ?? root;
  }

  private async signed(from: number, to: number, order: 'ASC' | 'DESC'): Promise<SignedRoot[]> {
    const rows: { tree_size: string; root: Hex }[] = await this.manager.query(
      `SELECT tree_size, root FROM log_root WHERE chain_ref = $1 AND tree_size >= $2 AND tree_size <= $3
        ORDER BY tree_size ${order} LIMIT ${order === 'DESC' ? 1 : pageSize}`,
      [this.chain.ref, from, to],
    );
    return rows.map((row) => ({ treeSize: Number(row.tree_size), root: row.root }));
  }

  private assertSame(treeSize: number, own: Hex, source: 'signed' | 'stored subtrees', other: Hex): void {
    if (own !== other)
      this.fail(`log of ${treeSize} leaves: this process computed root ${own}, ${source}: ${other}`);
  }

  private fail(message: string): never {
    this.fault = new HearthError('unavailable', `${message}; it signs no more checkpoints`);
    this.alarm(1);
    this.readiness.set('log', this.fault.message);
    this.log.event('error', 'log.roots-differ', { message });
    throw this.fault;
  }
}

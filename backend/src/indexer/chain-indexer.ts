import { HearthError } from '@hearth/sdk/protocol';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Hex, Log } from 'viem';
import { BeaconSource } from '../platform/beacon-source.ts';
import { type BlockRef, ChainClient, toBeacon } from '../platform/chain-client.ts';
import { Config } from '../platform/config.ts';
import { Loops } from '../platform/loops.ts';
import { Metrics } from '../platform/metrics.ts';
import { Readiness } from '../platform/readiness.ts';
import { SingleFlight } from '../platform/single-flight.ts';
import { StructuredLog } from '../platform/structured-log.ts';
import { Transactions } from '../platform/transactions.ts';
import { decodeEvents } from './contract-events.ts';
import { type Cursor, EventStore, type StoredBlock } from './event-store.ts';
import { SafeBooking } from './safe-booking.ts';

/** Blocks that can't be reorganised any more are fetched this many at once. */
const maxRange = 500n;
/** A reorganisation deeper than this many remembered blocks is a broken chain, not a reorganisation. */
const maxWalkBack = 256;

/** Follows the chain: cursor (height, hash), parent check, walk-back; one database transaction per block or safe range. */
@Injectable()
export class ChainIndexer implements OnApplicationBootstrap {
  private readonly flight = new SingleFlight(() => this.follow());
  private readonly heights: (level: number, labels: { kind: string }) => void;
  /** Head of the chain up to which all is stored and booked: while it stands there is nothing to ask the database. */
  private followed: Hex | undefined;

  constructor(
    private readonly chain: ChainClient,
    private readonly store: EventStore,
    private readonly booking: SafeBooking,
    private readonly transactions: Transactions,
    private readonly beacons: BeaconSource,
    private readonly config: Config,
    private readonly readiness: Readiness,
    private readonly log: StructuredLog,
    metrics: Metrics,
    private readonly loops: Loops,
  ) {
    this.heights = metrics.gauge('hearth_chain_height', 'Height of the chain as the indexer knows it');
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.refresh(); // nothing is served on facts older than the boot
    this.loops.start({
      intervalMs: this.config.indexerIntervalMs,
      step: () => this.refresh(),
      failure: 'indexer.failed',
    });
  }

  /** Catches up with the chain as it is now; for callers whose fact may be newer than the last poll. */
  async refresh(): Promise<void> {
    try {
      await this.flight.run();
      this.readiness.set('indexer', undefined);
    } catch (error) {
      this.readiness.set('indexer', error instanceof Error ? error.message : 'failed');
      throw error;
    }
  }

  private async follow(): Promise<void> {
    if ((await this.chain.head()).hash === this.followed) return;
    // Read before the head: a cursor that another replica moves on meanwhile would look like a chain that went back.
    const cursor = await this.store.cursor();
    const [head, safe, finalized] = await Promise.all([
      this.chain.head(),
      this.chain.safe(),
      this.chain.finalized(),
    ]);
    this.beacons.see(toBeacon(finalized));
    let at = await this.canonicalCursor(cursor, head);
    while (at !== undefined && at.height < head.number) at = await this.step(at, safe);
    const isBooked = await this.booking.bookUpTo(safe.number);
    this.followed = at !== undefined && isBooked ? head.hash : undefined;
    this.heights(Number(head.number), { kind: 'head' });
    this.heights(Number(safe.number), { kind: 'safe' });
  }

  /** Stores the next block, or the next range below the safe block; undefined when the chain moved under us (the next poll sorts it out). */
  private async step(at: Cursor, safe: BlockRef): Promise<Cursor | undefined> {
    const last = safe.number < at.height + maxRange ? safe.number : at.height + maxRange;
    const to = await this.chain.block(last > at.height ? last : at.height + 1n);
    if (to.number === at.height + 1n && to.parentHash !== at.hash) return undefined;
    const logs = await this.logs(at.height + 1n, to);
    const withEvents = new Map(
      logs.map((log) => [log.blockNumber, { height: log.blockNumber, hash: log.blockHash }]),
    );
    const blocks: StoredBlock[] = [...withEvents.values(), { height: to.number, hash: to.hash }];
    const moved = await this.transactions.run(async (tx) => {
      if (!(await this.store.advance(tx, at, { height: to.number, hash: to.hash }))) return false;
      await this.store.save(tx, blocks, decodeEvents(logs));
      return true;
    });
    return moved ? { ...at, height: to.number, hash: to.hash } : this.store.cursor();
  }

  private async logs(
    from: bigint,
    to: BlockRef,
  ): Promise<(Log<bigint, number, false> & { blockHash: `0x${string}` })[]> {
    const address = [this.config.settlement, this.config.registry];
    return from === to.number
      ? this.chain.rpc.getLogs({ address, blockHash: to.hash })
      : this.chain.rpc.getLogs({ address, fromBlock: from, toBlock: to.number });
  }

  /** The cursor after making sure that its block is still on the chain; walks back to the newest remembered block that is. */
  private async canonicalCursor(known: Cursor | undefined, head: BlockRef): Promise<Cursor | undefined> {
    const cursor = known ?? (await this.startCursor());
    if (cursor === undefined || (await this.isCanonical(cursor, head))) return cursor;
    for (const block of await this.store.blocksBelow(cursor.height, maxWalkBack))
      if (await this.isCanonical(block, head)) return this.rewind(cursor, block);
    throw new HearthError(
      'internal',
      `indexer: none of the last ${maxWalkBack} remembered blocks is on the chain`,
    );
  }

  private async rewind(cursor: Cursor, to: StoredBlock): Promise<Cursor | undefined> {
    if (to.height < cursor.bookedHeight)
      throw new HearthError(
        'internal',
        `indexer: the chain dropped safe block ${cursor.bookedHeight}, which the ledger booked; it went back to ${to.height}`,
      );
    await this.transactions.run(async (tx) => {
      if (await this.store.advance(tx, cursor, to)) await this.store.dropAbove(tx, to.height);
    });
    this.log.event('warn', 'indexer.reorganised', { from: cursor.height, to: to.height });
    return this.store.cursor();
  }

  private async isCanonical(block: StoredBlock, head: BlockRef): Promise<boolean> {
    if (block.height > head.number) return false;
    return (await this.chain.block(block.height)).hash === block.hash;
  }

  private async startCursor(): Promise<Cursor | undefined> {
    const before = BigInt(Math.max(0, this.config.deploymentBlock - 1));
    const block = await this.chain.block(before);
    await this.store.start({ height: block.number, hash: block.hash });
    return this.store.cursor();
  }
}

import { type Checkpoint, signCheckpoint } from '@hearth/sdk/protocol';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { BeaconSource } from '../platform/beacon-source.ts';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { Clock } from '../platform/clock.ts';
import { LogKey } from '../platform/log-key.ts';
import { Loops } from '../platform/loops.ts';
import { Metrics } from '../platform/metrics.ts';
import { SingleFlight } from '../platform/single-flight.ts';
import { LogRoots } from './log-roots.ts';
import { NodeStore } from './node-store.ts';

export interface SignedCheckpoint {
  readonly checkpoint: Checkpoint;
  /** The C2SP signed note. */
  readonly note: string;
}

const intervalMs = 1_000;
/** A slot that was freed this long ago can be sold again: no request needs to cite an older state of the market. */
const freshMs = 100;

/** Signs the head of the log: every second while there is news, and on demand when the newest is older than asked. */
@Injectable()
export class Checkpoints implements OnApplicationBootstrap {
  private latest: SignedCheckpoint | undefined;
  private readonly signing = new SingleFlight(() => this.signNow());
  private readonly size: (level: number) => void;

  constructor(
    private readonly dataSource: DataSource,
    private readonly chain: ChainIdentity,
    private readonly nodes: NodeStore,
    private readonly roots: LogRoots,
    private readonly beacons: BeaconSource,
    private readonly logKey: LogKey,
    private readonly clock: Clock,
    metrics: Metrics,
    private readonly loops: Loops,
  ) {
    this.size = metrics.gauge(
      'hearth_log_size',
      'Leaves under the newest checkpoint of the transparency log',
    );
  }

  onApplicationBootstrap(): void {
    this.loops.start({ intervalMs, step: () => this.signNews(), failure: 'log.checkpoint-failed' });
  }

  /** A checkpoint at most `maxAgeMs` old; concurrent callers share one signature. */
  async newest(maxAgeMs = intervalMs): Promise<SignedCheckpoint> {
    const { latest } = this;
    if (latest !== undefined && this.clock.nowMs() - latest.checkpoint.timeMs <= maxAgeMs) return latest;
    return this.sign();
  }

  /** What a lease request should cite: it covers all that was logged up to 100 ms ago. */
  async fresh(): Promise<SignedCheckpoint> {
    const { latest } = this;
    if (latest === undefined) return this.sign();
    const ageMs = this.clock.nowMs() - latest.checkpoint.timeMs;
    if (ageMs <= freshMs) return latest;
    const isCurrent = async () =>
      (await this.nodes.treeSize(this.dataSource.manager)) === latest.checkpoint.treeSize;
    return ageMs <= intervalMs && (await isCurrent()) ? latest : this.sign();
  }

  /** A checkpoint that covers everything committed before the call. */
  sign(): Promise<SignedCheckpoint> {
    return this.signing.run();
  }

  private async signNews(): Promise<void> {
    const size = await this.nodes.treeSize(this.dataSource.manager);
    if (size !== (this.latest?.checkpoint.treeSize ?? 0)) await this.sign();
  }

  private async signNow(): Promise<SignedCheckpoint> {
    const tx = this.dataSource.manager;
    const treeSize = await this.nodes.treeSize(tx);
    const root = await this.roots.agree(treeSize);
    const checkpoint: Checkpoint = {
      origin: this.chain.logName,
      treeSize,
      root,
      timeMs: this.clock.nowMs(),
      beacon: this.beacons.newest(),
    };
    const note = signCheckpoint(checkpoint, this.logKey);
    await tx.query(
      `INSERT INTO log_checkpoint (chain_ref, tree_size, time_ms, root, note) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
      [this.chain.ref, treeSize, checkpoint.timeMs, checkpoint.root, note],
    );
    this.latest = { checkpoint, note };
    this.size(treeSize);
    return this.latest;
  }
}

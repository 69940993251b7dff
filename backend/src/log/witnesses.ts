import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Config } from '../platform/config.ts';
import { Loops } from '../platform/loops.ts';
import { Metrics } from '../platform/metrics.ts';
import { SingleFlight } from '../platform/single-flight.ts';
import { StructuredLog } from '../platform/structured-log.ts';
import { askWitness } from './ask-witness.ts';
import { Checkpoints, type SignedCheckpoint } from './checkpoints.ts';
import { LogProofs } from './log-proofs.ts';
import { loadWitnesses, type WitnessAddress } from './witness-file.ts';

const intervalMs = 1_000;
/** A log that does not grow is cosigned again after this long: what it does not contain has a date, too. */
const maxAgeMs = 30_000;

/** Has every new checkpoint cosigned by the configured witnesses. The market does not wait for them: bundles do. */
@Injectable()
export class Witnesses implements OnApplicationBootstrap {
  private addresses: readonly WitnessAddress[] = [];
  /** By name: the size that it cosigned last, as far as we know. */
  private readonly sizes = new Map<string, number>();
  private latest: SignedCheckpoint | undefined;
  private readonly round = new SingleFlight(() => this.ask());
  private readonly count: (labels: { outcome: string }) => void;

  constructor(
    private readonly config: Config,
    private readonly checkpoints: Checkpoints,
    private readonly proofs: LogProofs,
    metrics: Metrics,
    private readonly log: StructuredLog,
    private readonly loops: Loops,
  ) {
    this.count = metrics.counter('hearth_cosignatures_total', 'Checkpoints sent to a witness, by outcome.');
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.config.witnessesFile === undefined) return;
    this.addresses = await loadWitnesses(this.config.witnessesFile);
    this.loops.start({
      intervalMs,
      step: async () => void (await this.newestWitnessed()),
      failure: 'log.witness-round-failed',
    });
  }

  /** The newest checkpoint with the lines of all witnesses that answered. */
  async newestWitnessed(): Promise<SignedCheckpoint> {
    const newest = await this.checkpoints.newest();
    if (this.addresses.length === 0) return newest;
    const { treeSize, timeMs } = newest.checkpoint;
    const known = this.latest;
    const isCurrent = known?.checkpoint.treeSize === treeSize && timeMs - known.checkpoint.timeMs < maxAgeMs;
    return known && isCurrent ? known : this.round.run();
  }

  /** A witnessed checkpoint over the leaf at `index`. */
  async covering(index: number): Promise<SignedCheckpoint> {
    if (this.latest !== undefined && this.latest.checkpoint.treeSize > index) return this.latest;
    const { checkpoint } = await this.checkpoints.newest();
    if (checkpoint.treeSize <= index) await this.checkpoints.sign();
    return this.round.run();
  }

  private async ask(): Promise<SignedCheckpoint> {
    const signed = await this.checkpoints.newest();
    const lines = await Promise.all(this.addresses.map((witness) => this.askOne(witness, signed)));
    const witnessed = { ...signed, note: signed.note + lines.join('') };
    // Nobody answered: the next round asks again, and what was witnessed before stays the newest.
    if (this.addresses.length === 0 || lines.some((line) => line !== '')) this.latest = witnessed;
    return witnessed;
  }

  private async askOne(witness: WitnessAddress, { checkpoint, note }: SignedCheckpoint): Promise<string> {
    const { treeSize } = checkpoint;
    try {
      const line = await askWitness(witness, {
        note,
        oldSize: Math.min(this.sizes.get(witness.name) ?? 0, treeSize),
        prove: async (oldSize) => (oldSize === 0 ? [] : this.proofs.consistency(oldSize, treeSize)),
      });
      this.sizes.set(witness.name, treeSize);
      this.count({ outcome: 'cosigned' });
      return line;
    } catch (error) {
      this.count({ outcome: 'failed' });
      this.log.failure('log.witness-failed', error);
      return '';
    }
  }
}

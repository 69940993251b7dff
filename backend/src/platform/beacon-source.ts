import { type Beacon, type BlockBeacon, type DrandBeacon, HearthError } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { Clock } from './clock.ts';

/** A round counts this long: fewer to choose from. Auditors expect it. */
const roundLifeMs = 15_000;

/**
 * What checkpoints carry and clearings break ties with: the newest drand round while rounds come, else the newest finalised block
 * that the indexer saw.
 */
@Injectable()
export class BeaconSource {
  private block: BlockBeacon | undefined;
  private round: DrandBeacon | undefined;

  constructor(private readonly clock: Clock) {}

  /** @throws HearthError `unavailable` before the first one was seen */
  newest(): Beacon {
    if (this.round !== undefined && this.clock.nowMs() - this.round.timestampMs <= roundLifeMs)
      return this.round;
    if (this.block === undefined) throw new HearthError('unavailable', 'beacon: no finalised block seen yet');
    return this.block;
  }

  /** Never goes back to an older block. */
  see(block: BlockBeacon): void {
    if (this.block === undefined || block.blockNumber >= this.block.blockNumber) this.block = block;
  }

  /** A round whose signature was checked. False for an older one, or one that by our clock cannot be there yet. */
  seeRound(round: DrandBeacon): boolean {
    // With a clock that is behind, asks would be logged as older than a round that everybody knows already.
    if (round.timestampMs > this.clock.nowMs() || round.round <= (this.round?.round ?? 0)) return false;
    this.round = round;
    return true;
  }
}

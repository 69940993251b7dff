import { type Beacon, HearthError } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';

/** The newest finalised block that the indexer saw; checkpoints carry it and clearings break ties with it. */
@Injectable()
export class BeaconSource {
  private current: Beacon | undefined;

  /** @throws HearthError `unavailable` before the first one was seen */
  newest(): Beacon {
    if (this.current === undefined)
      throw new HearthError('unavailable', 'beacon: no finalised block seen yet');
    return this.current;
  }

  /** Never goes back to an older block. */
  see(beacon: Beacon): void {
    if (this.current === undefined || beacon.blockNumber >= this.current.blockNumber) this.current = beacon;
  }
}

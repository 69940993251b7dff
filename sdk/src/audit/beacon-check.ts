import { type DrandNetwork, faultOfRound } from '../drand/index.ts';
import { beaconLine, type Clearing } from '../protocol/index.ts';

/**
 * A gateway takes a round for 15 s; a clearing on a checkpoint of that time may come 6 s later. Whoever could go on with older ones
 * could choose among many.
 */
const MAX_ROUND_AGE_MS = 21_000;

/** What ties were broken with: counted by source, and each drand round held against its network's key, once. */
export class BeaconCheck {
  readonly #network: DrandNetwork | undefined;
  readonly #faults = new Map<string, string | undefined>();
  readonly counts = { blocks: 0, drandRounds: 0 };

  /** @param network of the trust file; without it signatures are left alone */
  constructor(network: DrandNetwork | undefined) {
    this.#network = network;
  }

  /** What is wrong with a clearing's beacon as such. */
  faultOf({ beacon, atMs }: Pick<Clearing, 'beacon' | 'atMs'>): string | undefined {
    if ('blockHash' in beacon) {
      this.counts.blocks += 1;
      return undefined;
    }
    this.counts.drandRounds += 1;
    if (this.#network === undefined) return undefined;
    const ageMs = atMs - beacon.timestampMs;
    if (ageMs > MAX_ROUND_AGE_MS)
      return `drand round ${beacon.round}: expected at most ${MAX_ROUND_AGE_MS} ms old, got ${ageMs} ms`;
    const line = beaconLine(beacon);
    if (!this.#faults.has(line)) this.#faults.set(line, faultOfRound(this.#network, beacon));
    return this.#faults.get(line);
  }
}

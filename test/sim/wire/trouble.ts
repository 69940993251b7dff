import { SimRandom } from '../engine/random.ts';
import type { WireHome } from './wire-home.ts';
import type { WireWorld } from './wire-world.ts';

const STAYS_DEAD_MS = { from: 500, to: 20_000 };
const STAYS_UNLINKED_MS = { from: 200, to: 5_000 };

export interface TroubleFigures {
  deaths: number;
  /** Deaths in which the enclave went too: its leases are void. */
  enclavesLost: number;
  linkLosses: number;
}

/** Homes die and come back, connections break and come back, until the trouble ends; then everything does. */
export class Trouble {
  readonly figures: TroubleFigures = { deaths: 0, enclavesLost: 0, linkLosses: 0 };
  readonly #world: WireWorld;
  readonly #random: SimRandom;

  constructor(world: WireWorld) {
    this.#world = world;
    this.#random = new SimRandom(world.setup.seed, 4);
  }

  begin(): void {
    for (const home of this.#world.homes) {
      home.boot(false);
      this.#untilDeath(home);
      this.#untilLinkLoss(home);
    }
  }

  #untilDeath(home: WireHome): void {
    const { simulation, setup } = this.#world;
    this.#during(this.#random.gapMs(setup.meanLifeMs), () => {
      const isNewEnclave = this.#random.chance(0.5);
      home.kill();
      this.figures.deaths += 1;
      if (isNewEnclave) this.figures.enclavesLost += 1;
      simulation.after(this.#random.between(STAYS_DEAD_MS.from, STAYS_DEAD_MS.to), () => {
        home.boot(isNewEnclave);
        this.#untilDeath(home);
      });
    });
  }

  #untilLinkLoss(home: WireHome): void {
    const { simulation, setup } = this.#world;
    this.#during(this.#random.gapMs(setup.meanLinkMs), () => {
      home.unlinked();
      this.figures.linkLosses += 1;
      simulation.after(this.#random.between(STAYS_UNLINKED_MS.from, STAYS_UNLINKED_MS.to), () => {
        home.relinked();
        this.#untilLinkLoss(home);
      });
    });
  }

  #during(delayMs: number, task: () => void): void {
    const { simulation, troubleEndsAtMs } = this.#world;
    if (simulation.nowMs() + delayMs < troubleEndsAtMs) simulation.after(delayMs, task);
  }
}

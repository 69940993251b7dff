import type { Hex } from '@hearth/attestation/receipt';
import { type PriceCardPrices, poolId } from '@hearth/sdk/market';
import { messageId, priceCard } from '@hearth/sdk/protocol';
import { type Channel, type LinkQuality, Network } from '../engine/network.ts';
import { SimRandom } from '../engine/random.ts';
import { Simulation } from '../engine/simulation.ts';
import { card, model } from '../market/catalogue.ts';
import { platformOf } from '../market/home.ts';
import { tableBefore } from '../market/table-before.ts';
import type { FromHome, ToHome } from './messages.ts';
import { simulatedKey } from './simulated-key.ts';
import { type BuyerFigures, WireBuyer } from './wire-buyer.ts';
import { WireGateway } from './wire-gateway.ts';
import { WireHome } from './wire-home.ts';

export interface WireSetup {
  readonly seed: number;
  readonly homes: number;
  readonly sessions: number;
  /** Sessions come over this time, and so does trouble; then the network heals and the dead come back. */
  readonly troubleMs: number;
  readonly quality: LinkQuality;
  /** Between two deaths of one home, and between two losses of its connection, on average. */
  readonly meanLifeMs: number;
  readonly meanLinkMs: number;
}

const MS_PER_TOKEN = 2;
const TIER = 1;
/** Signed messages carry times since 1970; early ones do for a simulation, but none before the log's first block. */
const STARTS_AT_MS = 1_000_000;
const HEALED: LinkQuality = { loss: 0, duplicate: 0, minDelayMs: 1, maxDelayMs: 20 };

/** HTTP: nothing else is on its way there that could be overtaken. */
const newChannel = (): Channel => ({ arrivedAtMs: 0 });

/** Homes, gateway and buyers that only exchange messages, over a network that loses, repeats and reorders them. */
export class WireWorld {
  readonly setup: WireSetup;
  readonly simulation: Simulation;
  readonly random: SimRandom;
  readonly gateway: WireGateway;
  readonly homes: readonly WireHome[];
  readonly card: PriceCardPrices;
  readonly troubled: Network;
  readonly figures: BuyerFigures = {
    sessions: 0,
    jobs: 0,
    done: 0,
    moved: 0,
    refused: {},
    gaveUp: 0,
    leaseMs: [],
  };
  /** Receipt of each job that its buyer saw end. */
  readonly settled = new Map<Hex, Hex>();
  readonly troubleEndsAtMs: number;
  readonly #healed: Network;
  readonly #byKey: ReadonlyMap<Hex, WireHome>;
  #numbers = 0;

  constructor(setup: WireSetup) {
    const { seed } = setup;
    this.setup = setup;
    const simulation = new Simulation(seed, STARTS_AT_MS);
    this.simulation = simulation;
    this.troubleEndsAtMs = STARTS_AT_MS + setup.troubleMs;
    this.random = new SimRandom(seed, 1);
    this.troubled = new Network(simulation, new SimRandom(seed, 2), setup.quality);
    this.#healed = new Network(simulation, new SimRandom(seed, 3), HEALED);
    const logKey = simulatedKey(`log ${seed}`);
    const { priceCardHash: _, ...prices } = card;
    const cardBody = {
      v: 1 as const,
      model: model.name,
      modelDigest: model.digest,
      class: 0,
      ...prices,
      validFromMs: 0,
    };
    this.card = { ...prices, priceCardHash: messageId(priceCard, cardBody) };
    const roundTripMs = setup.quality.minDelayMs + setup.quality.maxDelayMs;
    const known = Array.from({ length: setup.homes }, (_home, index) => ({
      index,
      owner: index,
      qualityPpm: 950_000,
    }));
    const pool = poolId(model.digest, TIER, 0);
    this.gateway = new WireGateway(
      simulation,
      logKey,
      this.card,
      roundTripMs,
      tableBefore(known, () => pool),
      (nodeKey, message) => this.#down(nodeKey, message),
    );
    const common = {
      msPerToken: MS_PER_TOKEN,
      logKey: logKey.publicKey,
      priceCard: cardBody,
      priceCardHash: this.card.priceCardHash,
    };
    this.homes = Array.from({ length: setup.homes }, (__, index) => {
      const own = {
        index,
        slots: this.random.between(1, 3),
        multiplierPpm: this.random.between(200_000, 900_000),
      };
      const chance = new SimRandom(seed, 10 + index);
      return new WireHome(simulation, chance, { ...common, ...own }, (home, message) =>
        this.#up(home, message),
      );
    });
    this.#byKey = new Map(this.homes.map((home) => [home.nodeKey.publicKey, home]));
  }

  /** Brings buyers over the time of trouble. */
  bringBuyers(): void {
    const { sessions, troubleMs } = this.setup;
    const world = {
      simulation: this.simulation,
      figures: this.figures,
      msPerToken: MS_PER_TOKEN,
      next: () => {
        this.#numbers += 1;
        return this.#numbers;
      },
      request: (...[request, answer]: Parameters<WireGateway['request']>) =>
        this.#network.send(newChannel(), () =>
          this.gateway.request(request, (grant) => this.#network.send(newChannel(), () => answer(grant))),
        ),
      open: (nodeKey: Hex, ...[job, answer]: Parameters<WireHome['open']>) =>
        this.#carry(this.#byKey.get(nodeKey), 'down', (home) =>
          home.open(job, (given) => this.#carry(home, 'up', () => answer(given))),
        ),
      settled: (jobId: Hex, receiptHash: Hex) => this.settled.set(jobId, receiptHash),
      lost: (...job: Parameters<WireGateway['suspect']>) => this.gateway.suspect(...job),
    };
    for (let number = 1; number <= sessions; number += 1) {
      const jobs = Array.from({ length: this.random.geometric(3) }, () => this.random.between(100, 1_500));
      const buyer = new WireBuyer(world, number, jobs, this.random.between(400_000, 1_000_000));
      this.simulation.after(this.random.below(troubleMs), () => buyer.start());
    }
  }

  get #network(): Network {
    return this.simulation.nowMs() < this.troubleEndsAtMs ? this.troubled : this.#healed;
  }

  /** Over the home's connection: nothing comes through while it is down, nor what was on the way when it broke. */
  #carry(home: WireHome | undefined, way: 'up' | 'down', deliver: (home: WireHome) => void): boolean {
    const connection = home?.connection;
    if (home === undefined || connection === undefined) return false;
    this.#network.send(connection[way], () => {
      if (home.connection === connection) deliver(home);
    });
    return true;
  }

  #up(home: WireHome, message: FromHome): boolean {
    const { publicKey } = home.nodeKey;
    return this.#carry(home, 'up', () =>
      this.gateway.receive(publicKey, platformOf(home.options.index), message),
    );
  }

  #down(nodeKey: Hex, message: ToHome): void {
    this.#carry(this.#byKey.get(nodeKey), 'down', (home) => home.receive(message));
  }
}

import { SimRandom } from '../engine/random.ts';
import { Simulation } from '../engine/simulation.ts';
import { Figures } from './figures.ts';
import { Market, type MarketOptions } from './market.ts';
import { type Demand, Sessions } from './sessions.ts';

const WARM_UP_MS = 30_000;
/** The asks compete from the second block on. */
const STARTS_AT_MS = 1_000;

export interface MarketSetup extends MarketOptions {
  readonly seed: number;
  /** Which arrivals: equal streams of a seed are the same buyers at the same times. */
  readonly stream: number;
  readonly demand: Demand;
  /** Measured time; a warm-up goes before it. */
  readonly measuredMs: number;
}

/** A light world, ready to run. */
export function openMarket(setup: MarketSetup) {
  const { seed, stream, homes, rule, demand } = setup;
  const simulation = new Simulation(seed, STARTS_AT_MS);
  const market = new Market(simulation, setup);
  const owners = Math.max(...homes.map(({ owner }) => owner)) + 1;
  const figures = new Figures(owners, STARTS_AT_MS + WARM_UP_MS);
  const sessions = new Sessions(simulation, market, rule, new SimRandom(seed, stream), demand, figures);
  return { simulation, market, sessions, figures };
}

/** Runs it from start to end and says what came of it. */
export function runMarket(setup: MarketSetup) {
  const { simulation, market, sessions, figures } = openMarket(setup);
  const endMs = figures.fromMs + setup.measuredMs;
  sessions.arriveUntil(endMs);
  simulation.run(endMs);
  return { figures, market, events: simulation.events };
}

import {
  askPrices,
  decide,
  type HeldAsk,
  initialState,
  LocalTime,
  MeanCost,
  type Mode,
  multiplierFor,
  nextHeldAsk,
  type OperatingPoint,
  type OwnerWishes,
  type PolicyConfig,
  type PriceTerms,
  profitsPerHour,
  SensorBoard,
  SiteObserver,
  storedEnergyPerKwh,
} from '@hearth/provider-agent/energy';
import type { SimRandom } from '../engine/random.ts';
import type { Grid } from './grid.ts';
import { house, points, site } from './house.ts';
import type { SimNode } from './sim-node.ts';

export const CYCLE_S = 5;
const CARD_OUTPUT = 600_000;

export const priceTerms: PriceTerms = {
  usdPerUnit: 1,
  wearUsdPerHour: 0.02,
  otherUsdPerMTok: 0,
  marginShare: 0.05,
  feeShare: 0.05,
  floorMicroUsdPerMTok: 1_000,
};

const config: PolicyConfig = {
  points,
  staticSafeW: 0,
  hasBattery: true,
  maxTemperatureC: undefined,
  cheapBelowPerKwh: 0.2,
  cheapBelowGramsPerKwh: undefined,
};

const terms = {
  batteryPerKwh: storedEnergyPerKwh(0.08, house.batteryEfficiency ** 2, house.batteryWearPerKwh),
  carbonPerTonne: 0,
};

/** The production policy of one home: reads its board each cycle, tells the node, keeps the ask. */
export class PolicyDriver {
  readonly board = new SensorBoard();
  readonly startsS: number[] = [];
  safeStops = 0;
  readonly #observer = new SiteObserver(site, this.board, new LocalTime(site.timeZone));
  readonly #owner: OwnerWishes;
  readonly #outside: Grid;
  readonly #chance: SimRandom;
  readonly #cost = new MeanCost();
  #state;
  #held: HeldAsk | undefined;

  constructor(mode: Mode, outside: Grid, chance: SimRandom, startMs: number) {
    this.#owner = {
      mode,
      pausedUntilMs: undefined,
      capW: undefined,
      reservePercent: house.reservePercent,
      batteryFirstPercent: house.batteryFirstPercent,
    };
    this.#outside = outside;
    this.#chance = chance;
    this.#state = initialState(startMs);
  }

  get askedMicroUsd(): number {
    return this.#held ? (this.#held.multiplierPpm / 1e6) * CARD_OUTPUT : Number.POSITIVE_INFINITY;
  }

  cycle(second: number, slot: number, nowMs: number, node: SimNode): void {
    const { importPerKwh, exportPerKwh, gramsPerKwh, marketOutput, events } = this.#outside;
    const view = this.#observer.observe(nowMs, {
      events,
      quietHours: [],
      estimatedNodeW: node.watts,
      isClockSynced: true,
    });
    const sold = marketOutput[slot] ?? 0;
    const decision = decide(config, this.#state, {
      nowMs,
      site: view,
      owner: this.#owner,
      prices: { importPerKwh: importPerKwh[slot] ?? 0, exportPerKwh, gramsPerKwh: gramsPerKwh[slot] },
      terms,
      actual: {
        isReady: true,
        isConfirmed: node.isConfirmed(second),
        runningJobs: node.isWorking ? 1 : 0,
      },
      profitPerHour: profitsPerHour(points, sold, this.#cost.perKwh, priceTerms),
      isBatteryAssured: false,
      randomFraction: this.#chance.fraction(),
    });
    const { state, setpoint } = decision;
    if (state.startsMs.at(-1) === nowMs) this.startsS.push(second);
    if (state.stop && !this.#state.stop) this.safeStops += 1;
    this.#state = state;
    const point = points[state.point];
    node.tell(setpoint.admission === 'open' || state.name === 'draining' ? point : undefined, second);
    this.#ask(point ?? (points[0] as OperatingPoint), decision.costPerKwh, nowMs);
  }

  #ask(point: OperatingPoint, costPerKwh: number, nowMs: number): void {
    this.#cost.add(costPerKwh, CYCLE_S * 1_000);
    const prices = askPrices(point, this.#cost.perKwh, priceTerms);
    const wanted = multiplierFor(prices, { input: 0, output: CARD_OUTPUT });
    const next = nextHeldAsk(this.#held, wanted, nowMs);
    if (next !== this.#held) this.#cost.restart();
    this.#held = next;
  }
}

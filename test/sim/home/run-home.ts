import type { Mode } from '@hearth/provider-agent/energy';
import { SimRandom } from '../engine/random.ts';
import { type Grid, SLOT_S } from './grid.ts';
import { house, kitchenLimitW, points } from './house.ts';
import { HouseState } from './house-state.ts';
import type { Household } from './household.ts';
import { LimitWatch, type LongestS } from './limit-watch.ts';
import { CYCLE_S, PolicyDriver, priceTerms } from './policy-driver.ts';
import type { Season } from './seasons.ts';
import type { SensorFault } from './sensor-faults.ts';
import { METER_ERROR, SensorFeed } from './sensor-feed.ts';
import { SimNode } from './sim-node.ts';

/** One week that every mode of the node lives through alike. */
export interface HomeWeek {
  readonly seed: number;
  readonly season: Season;
  readonly household: Household;
  readonly outside: Grid;
  readonly faults: readonly SensorFault[];
}

export interface HomeRun {
  /** Above a breaker or an import cap, with the node at work, by what the sensors did. */
  readonly overLimitS: LongestS;
  /** The node at work on the battery, which was at its reserve. */
  readonly underReserveS: LongestS;
  /** From the beginning of an emergency until the node stood still. */
  readonly emergencyAnswerS: number;
  readonly mostStartsPerHour: number;
  readonly starts: number;
  readonly safeStops: number;
  readonly earnedUsd: number;
  /** Of the whole house: import less export, wear of the battery, what is in it at the end. */
  readonly houseCost: number;
  readonly nodeKwh: number;
  readonly tokens: number;
  readonly hoursAtWork: number;
}

const START_PERCENT = 50;
/** What no meter can see is no breach. */
const VISIBLE = 1 + 2 * METER_ERROR;

/** A week under the production policy in one mode; `always` runs at full power and asks nobody. */
export function runHome(week: HomeWeek, mode: Mode | 'always'): HomeRun {
  const { season, seed, household, outside, faults } = week;
  const node = new SimNode(new SimRandom(seed, 31), priceTerms);
  const isDriven = mode !== 'always';
  const driver = new PolicyDriver(isDriven ? mode : 'off', outside, new SimRandom(seed, 32), season.startMs);
  const feed = new SensorFeed(driver.board, seed, faults);
  const state = new HouseState(START_PERCENT);
  const limits = new LimitWatch();
  const reserve = new LimitWatch();
  const truth = { gridW: 0, pvW: 0, batteryW: 0, socPercent: 0, loadW: 0, nodeW: 0, 'circuit/kitchen': 0 };
  const bill = new HouseBill(outside);
  let emergencyAnswerS = 0;
  if (!isDriven) node.tell(points.at(-1), 0);

  for (let second = 0; second < household.seconds; second += 1) {
    const slot = Math.floor(second / SLOT_S);
    const askedMicroUsd = isDriven ? driver.askedMicroUsd : 0;
    node.step(second, askedMicroUsd, outside.marketOutput[slot] ?? 0);
    const kitchenW = (household.ovenW[second] ?? 0) + node.watts;
    const loadW = (household.restW[second] ?? 0) + node.watts;
    const pvW = household.pvW[second] ?? 0;
    state.step(loadW, pvW);
    bill.second(state, slot);

    if (node.isWorking) {
      const capW = outside.importCapW[second] ?? 0;
      const isOver = kitchenW > kitchenLimitW * VISIBLE || state.gridW > capW * VISIBLE;
      if (isOver) limits.breach(second, feed.honestyAt(second));
      const isUnder = state.batteryW > 1 && state.socPercent <= house.reservePercent;
      if (isUnder) reserve.breach(second, feed.honestyAt(second));
      const emergencyS = outside.emergencyS[second] ?? 0;
      if (emergencyS > emergencyAnswerS) emergencyAnswerS = emergencyS;
    }

    if (!isDriven) continue;
    const nowMs = season.startMs + second * 1_000;
    if (second % CYCLE_S === 0) driver.cycle(second, slot, nowMs, node);
    if (second % CYCLE_S !== CYCLE_S - 1) continue;
    truth.gridW = state.gridW;
    truth.pvW = pvW;
    truth.batteryW = state.batteryW;
    truth.socPercent = state.socPercent;
    truth.loadW = loadW;
    truth.nodeW = node.watts;
    truth['circuit/kitchen'] = kitchenW;
    feed.publish(second, nowMs, truth);
  }

  return {
    overLimitS: limits.longestS,
    underReserveS: reserve.longestS,
    emergencyAnswerS,
    mostStartsPerHour: mostWithin(driver.startsS, 3_600),
    starts: driver.startsS.length,
    safeStops: driver.safeStops,
    earnedUsd: node.sums.earnedUsd,
    houseCost: bill.cost - (state.batteryWhStored / 1_000) * outside.exportPerKwh,
    nodeKwh: node.sums.wattSeconds / 3_600_000,
    tokens: node.sums.tokens,
    hoursAtWork: node.sums.workS / 3_600,
  };
}

/** The same week in a house without a node. */
export function costWithoutNode({ household, outside }: HomeWeek): number {
  const state = new HouseState(START_PERCENT);
  const bill = new HouseBill(outside);
  for (let second = 0; second < household.seconds; second += 1) {
    state.step(household.restW[second] ?? 0, household.pvW[second] ?? 0);
    bill.second(state, Math.floor(second / SLOT_S));
  }
  return bill.cost - (state.batteryWhStored / 1_000) * outside.exportPerKwh;
}

class HouseBill {
  readonly #outside: Grid;
  cost = 0;

  constructor(outside: Grid) {
    this.#outside = outside;
  }

  second({ gridW, batteryW }: HouseState, slot: number): void {
    const { importPerKwh, exportPerKwh } = this.#outside;
    const perKwh = gridW > 0 ? (importPerKwh[slot] ?? 0) : exportPerKwh;
    this.cost += (gridW * perKwh + Math.max(0, batteryW) * house.batteryWearPerKwh) / 3_600_000;
  }
}

function mostWithin(startsS: readonly number[], windowS: number): number {
  let most = 0;
  let first = 0;
  for (const [index, start] of startsS.entries()) {
    while (start - (startsS[first] ?? 0) >= windowS) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

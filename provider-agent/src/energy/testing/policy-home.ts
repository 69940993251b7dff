import type { OperatingPoint } from '../policy/operating-point.ts';
import { type Decision, decide } from '../policy/policy.ts';
import { initialState, type PolicyState } from '../policy/policy-state.ts';
import type { Actual, EnergyPrices, OwnerWishes, PolicyConfig, SiteView } from '../policy/policy-types.ts';

export const CYCLE_MS = 5_000;
export const START_MS = Date.UTC(2026, 5, 1, 10);

export const samplePoint = (slots: number, watts: number): OperatingPoint => ({
  slots,
  watts,
  powerCapW: undefined,
  tokensPerSecond: 50 * slots,
  inputTokensPerSecond: 500 * slots,
  joulesPerInputToken: 0.2,
  joulesPerOutputToken: 4,
});

const sampleConfig: PolicyConfig = {
  points: [samplePoint(1, 200), samplePoint(2, 300), samplePoint(3, 400)],
  staticSafeW: 0,
  hasBattery: true,
  maxTemperatureC: undefined,
  cheapBelowPerKwh: 0.15,
  cheapBelowGramsPerKwh: undefined,
};

const sampleSite: SiteView = {
  gridW: 0,
  batteryW: 0,
  socPercent: 80,
  nodeW: 20,
  isNodeMeasured: true,
  temperatureC: undefined,
  isIslanded: false,
  worstGridW: 0,
  circuits: [],
  importCaps: [],
  event: undefined,
  quiet: undefined,
};

/** A home without a house: a test says what its meters show, cycle by cycle. */
export class PolicyHome {
  config: PolicyConfig;
  owner: OwnerWishes = {
    mode: 'now',
    pausedUntilMs: undefined,
    capW: undefined,
    reservePercent: 30,
    batteryFirstPercent: undefined,
  };
  prices: EnergyPrices = { importPerKwh: 0.3, exportPerKwh: 0.08, gramsPerKwh: undefined };
  actual: Actual = { isReady: true, isConfirmed: true, runningJobs: 0 };
  isBatteryAssured = false;
  randomFraction = 0;
  nowMs = START_MS;
  state: PolicyState = initialState(START_MS);
  decisions: Decision[] = [];
  #site: SiteView = sampleSite;
  #followsPoint = true;

  constructor(config: Partial<PolicyConfig> = {}) {
    this.config = { ...sampleConfig, ...config };
  }

  /** What the meters show from now on. A node that is not named draws what it is set to. */
  shows(site: Partial<SiteView>): this {
    this.#site = { ...this.#site, ...site };
    this.#followsPoint = site.nodeW === undefined;
    return this;
  }

  wishes(owner: Partial<OwnerWishes>): this {
    this.owner = { ...this.owner, ...owner };
    return this;
  }

  cycle(): Decision {
    const drawn = this.config.points[this.state.point]?.watts ?? 20;
    const site = this.#followsPoint ? { ...this.#site, nodeW: drawn } : this.#site;
    const { nowMs, owner, prices, actual, isBatteryAssured, randomFraction } = this;
    const terms = { batteryPerKwh: 0.3, carbonPerTonne: 0 };
    const decision = decide(this.config, this.state, {
      ...{ nowMs, site, owner, prices, terms, actual, isBatteryAssured, randomFraction },
      profitPerHour: undefined,
    });
    this.state = decision.state;
    this.decisions.push(decision);
    this.nowMs += CYCLE_MS;
    return decision;
  }

  /** Cycles for so long; the last decision. */
  live(ms: number): Decision {
    let decision = this.cycle();
    for (let passedMs = CYCLE_MS; passedMs < ms; passedMs += CYCLE_MS) decision = this.cycle();
    return decision;
  }
}

import type { Random } from '../../host/ports.ts';
import { type EnergySplit, splitEnergy } from '../account/energy-split.ts';
import { type NodeEnergy, nodeEnergy } from '../account/node-energy.ts';
import { PeriodAccount } from '../account/period-account.ts';
import type { Actuator } from '../actuators/actuator.ts';
import type { DemandEvent } from '../events/demand-event.ts';
import type { IntervalRecord } from '../evidence/interval-record.ts';
import type { EnergyWord, NodePower } from '../node-power.ts';
import { type CostTerms, energyCostPerKwh } from '../policy/energy-cost.ts';
import type { OperatingPoint } from '../policy/operating-point.ts';
import { type Decision, decide } from '../policy/policy.ts';
import { initialState, type PolicyState } from '../policy/policy-state.ts';
import type { PolicyConfig, SiteView } from '../policy/policy-types.ts';
import type { SiteObserver } from '../site/site-observer.ts';
import type { LocalTime } from '../time/local-time.ts';
import type { AskKeeper } from './ask-keeper.ts';
import type { ForecastDesk } from './forecast-desk.ts';
import type { PricesNow, Tariff } from './tariff.ts';
import type { Wishes } from './wishes-file.ts';

export type LoopParts = {
  readonly policy: PolicyConfig;
  readonly terms: CostTerms;
  readonly idleW: number;
  readonly observer: SiteObserver;
  readonly local: LocalTime;
  readonly tariff: Tariff;
  readonly node: NodePower;
  readonly actuators: readonly Actuator[];
  readonly asks: AskKeeper | undefined;
  readonly forecast: Pick<ForecastDesk, 'cycle' | 'isBatteryAssured'>;
  /** What was recorded before this start, oldest first. */
  readonly earlier: readonly IntervalRecord[];
  readonly random: Random;
  wishes(): Wishes;
  events(): readonly DemandEvent[];
};

/** What one cycle saw, decided and did. */
export type CycleResult = {
  readonly atMs: number;
  readonly view: SiteView;
  readonly decision: Decision;
  readonly prices: PricesNow;
  readonly split: EnergySplit;
  readonly energy: NodeEnergy;
  /** In force, or the smallest while nothing runs. */
  readonly point: OperatingPoint;
  readonly energyCost: number;
};

/** Longer gaps were a sleep of the machine: nobody knows what it drew. */
export const MAX_CYCLE_MS = 60_000;

/** One cycle: read everything, decide, send one setpoint. Keeps no timer of its own. */
export class EnergyLoop {
  readonly #parts: LoopParts;
  readonly day: PeriodAccount;
  readonly month: PeriodAccount;
  #state: PolicyState;
  #isConfirmed = false;
  #applying: Promise<void> | undefined;

  constructor(parts: LoopParts, nowMs: number) {
    this.#parts = parts;
    const { local } = parts;
    this.day = new PeriodAccount((ms) => local.date(ms));
    this.month = new PeriodAccount((ms) => local.date(ms).slice(0, 7));
    for (const { startMs, nodeEnergy, source, cost } of parts.earlier) {
      const { solarWh, batteryWh, importWh } = source;
      const nodeWh = nodeEnergy.milliJoules / 3_600_000;
      const part = { nodeWh, solarWh, batteryWh, importWh, energyCost: cost.amount, starts: 0 };
      this.day.add(part, startMs);
      this.month.add(part, startMs);
    }
    this.#state = initialState(nowMs);
  }

  get state(): PolicyState {
    return this.#state;
  }

  cycle(nowMs: number, signal: AbortSignal): CycleResult {
    const { policy, terms, idleW, observer, tariff, node, asks, forecast, random } = this.#parts;
    const wishes = this.#parts.wishes();
    const { quietHours, ...owner } = wishes;
    const isClockSynced = node.isClockSynced();
    const { isReady, runningJobs } = node.load();
    const view = observer.observe(nowMs, {
      events: this.#parts.events(),
      quietHours,
      estimatedNodeW: this.#estimatedW(runningJobs),
      isClockSynced,
    });
    const prices = tariff.at(nowMs, isClockSynced);
    forecast.cycle(view, wishes, this.#parts.events(), nowMs);
    const before = this.#state;
    const passedMs = Math.min(MAX_CYCLE_MS, nowMs - before.lastStepMs);
    const decision = decide(policy, before, {
      nowMs,
      site: view,
      owner,
      prices,
      terms,
      actual: { isReady, isConfirmed: this.#isConfirmed, runningJobs },
      profitPerHour: asks?.profitsPerHour,
      isBatteryAssured: forecast.isBatteryAssured,
      randomFraction: random.fraction(),
    });
    this.#state = decision.state;
    this.#apply(decision, signal);
    const split = splitEnergy(view, passedMs / 3_600_000);
    const energyCost = this.#costOf(view, prices, split, decision);
    const starts = decision.state.startsMs.at(-1) === nowMs ? 1 : 0;
    this.day.add({ ...split, energyCost, starts }, nowMs);
    this.month.add({ ...split, energyCost, starts }, nowMs);
    const point = policy.points[decision.state.point] ?? (policy.points[0] as OperatingPoint);
    asks?.cycle(point, decision.costPerKwh, passedMs, nowMs);
    const energy = nodeEnergy(view.nodeW, idleW, passedMs);
    if (view.isNodeMeasured) node.declareEnergy(wordOf(energy, point));
    return { atMs: nowMs, view, decision, prices, split, energy, point, energyCost };
  }

  /** Resolves when the last setpoint has been applied or has failed. */
  async settled(): Promise<void> {
    await this.#applying;
  }

  /** One at a time; a setpoint that is still on its way is not confirmed, and the next cycle sends the newest. */
  #apply({ setpoint }: Decision, signal: AbortSignal): void {
    if (this.#applying) return;
    this.#isConfirmed = false;
    const apply = async () => {
      const confirmed = await Promise.all(
        this.#parts.actuators.map((actuator) => actuator.apply(setpoint, signal).catch(() => false)),
      );
      this.#isConfirmed = confirmed.every(Boolean);
      this.#applying = undefined;
    };
    this.#applying = apply();
  }

  #estimatedW(runningJobs: number): number {
    const { policy, idleW } = this.#parts;
    const point = policy.points[this.#state.point];
    if (!point) return idleW;
    return idleW + (point.watts - idleW) * Math.min(1, runningJobs / point.slots);
  }

  #costOf(view: SiteView, prices: PricesNow, { nodeWh }: EnergySplit, { surplusW }: Decision): number {
    if (view.nodeW <= 0) return 0;
    const { terms } = this.#parts;
    const perKwh = energyCostPerKwh(view.nodeW, surplusW ?? 0, view.batteryW ?? 0, prices, {
      ...terms,
      carbonPerTonne: 0, // a wish of the owner, not money that is paid
    });
    return (nodeWh / 1_000) * perKwh;
  }
}

function wordOf({ nodeMilliJoules, idleMilliJoules }: NodeEnergy, point: OperatingPoint): EnergyWord {
  return {
    workMilliJoules: nodeMilliJoules - idleMilliJoules,
    inputMicroJoules: Math.round(point.joulesPerInputToken * 1e6),
    outputMicroJoules: Math.round(point.joulesPerOutputToken * 1e6),
  };
}

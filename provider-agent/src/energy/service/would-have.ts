import { type WorkReport, WorkSums } from '../account/work-sums.ts';
import { calibratedPolicy } from '../config/calibrated-policy.ts';
import type { EnergyConfig } from '../config/energy-config.ts';
import { priceTermsOf, siteConfigOf } from '../config/policy-of-config.ts';
import type { NodePower } from '../node-power.ts';
import { storedEnergyPerKwh } from '../policy/energy-cost.ts';
import type { CalibrationTable } from '../price/calibration-table.ts';
import { normalise } from '../site/normalise.ts';
import { SensorBoard } from '../site/sensor-board.ts';
import { isCircuit, ruleOf } from '../site/signals.ts';
import { SiteObserver } from '../site/site-observer.ts';
import { canonicalUnits } from '../site/units.ts';
import { LocalTime } from '../time/local-time.ts';
import type { TraceLine } from '../trace/site-trace.ts';
import { EnergyLoop } from './energy-loop.ts';
import { Tariff } from './tariff.ts';
import { wishesOf } from './wishes-file.ts';

/** What the node would have done over a recorded stretch of time. */
export type WouldHave = WorkReport & {
  readonly fromMs: number;
  readonly toMs: number;
  readonly nodeKwh: number;
  readonly solarKwh: number;
  readonly batteryKwh: number;
  readonly importKwh: number;
  readonly energyCost: number;
  readonly currency: string;
};

const CYCLE_MS = 5_000;

/**
 * Plays a recorded site through the production policy: nothing is asked, sold or set. The node's draw is put on top of what the
 * meters said, as if the grid had carried it: what a battery would have done for it is not known.
 *
 * @param trace at least one line
 */
export async function wouldHave(
  config: EnergyConfig,
  table: CalibrationTable | undefined,
  trace: readonly TraceLine[],
): Promise<WouldHave> {
  const policy = calibratedPolicy(config, table);
  const { chargedAtPerKwh, efficiency, wearPerKwh } = config.battery;
  const terms = {
    ...priceTermsOf(config),
    batteryPerKwh: storedEnergyPerKwh(chargedAtPerKwh, efficiency, wearPerKwh),
    carbonPerTonne: config.carbon.perTonne,
  };
  const idleW = table?.metered?.idleW ?? config.node.idleWatts;
  const local = new LocalTime(config.timeZone);
  const board = new SensorBoard();
  const wishes = wishesOf(config.wishes);
  const fromMs = trace[0]?.atMs ?? 0;
  const loop = new EnergyLoop(
    {
      policy,
      terms,
      idleW,
      observer: new SiteObserver(siteConfigOf(config), board, local),
      local,
      tariff: new Tariff(config.tariff, local, board, undefined, undefined),
      node: busyNode,
      actuators: [],
      asks: undefined,
      forecast: { cycle: () => {}, isBatteryAssured: false },
      earlier: [],
      random: { fraction: () => 0.5 },
      wishes: () => wishes,
      events: () => [],
    },
    fromMs,
  );
  const work = new WorkSums(policy, terms);
  const energy = { nodeWh: 0, solarWh: 0, batteryWh: 0, importWh: 0, energyCost: 0 };
  let onTopW = 0;
  const never = new AbortController().signal;
  const cycle = async (nowMs: number) => {
    const { decision, split, energyCost } = loop.cycle(nowMs, never);
    await loop.settled();
    for (const part of ['nodeWh', 'solarWh', 'batteryWh', 'importWh'] as const) energy[part] += split[part];
    energy.energyCost += energyCost;
    work.add(decision, nowMs, CYCLE_MS);
    const point = policy.points[decision.state.point];
    onTopW = point ? point.watts - idleW : 0;
  };
  let nextMs = fromMs + CYCLE_MS;
  for (const line of trace) {
    for (; nextMs <= line.atMs; nextMs += CYCLE_MS) await cycle(nextMs);
    hear(board, line, onTopW);
  }
  await cycle(nextMs);
  const kwh = (wattHours: number) => wattHours / 1_000;
  return {
    ...{ fromMs, toMs: nextMs },
    ...work.report,
    nodeKwh: kwh(energy.nodeWh),
    solarKwh: kwh(energy.solarWh),
    batteryKwh: kwh(energy.batteryWh),
    importKwh: kwh(energy.importWh),
    energyCost: energy.energyCost,
    currency: config.tariff.currency,
  };
}

/** What the meter said, and what the node would have drawn through it. Its own meter has seen another node. */
function hear(board: SensorBoard, { source, mapping, raw, atMs }: TraceLine, onTopW: number): void {
  const { signal } = mapping;
  if (signal === 'nodeW') return;
  const carries = signal === 'gridW' || signal === 'loadW' || isCircuit(signal);
  const reading = carries ? normalise(raw, mapping, atMs) : 'unavailable';
  if (typeof reading === 'string') return void board.accept(source, mapping, raw, atMs);
  const unit = canonicalUnits[ruleOf(signal).dimension];
  const { measuredAtMs, value } = reading;
  board.accept(source, { signal, unit, isInverted: false }, { value: value + onTopW, measuredAtMs }, atMs);
}

/** Always sold out, and nothing that is said to it reaches anybody. */
const busyNode: NodePower = {
  limitSlots: () => {},
  setPaused: () => {},
  stopJobs: () => {},
  reprice: () => {},
  planSales: () => {},
  declareEnergy: () => {},
  load: () => ({ isReady: true, runningJobs: 64, slots: 64 }),
  card: () => undefined,
  isClockSynced: () => true,
};

import { type DemandEvent, effectsOf } from '../events/demand-event.ts';
import type { CircuitView, ImportCap, SiteView } from '../policy/policy-types.ts';
import type { LocalTime } from '../time/local-time.ts';
import { type QuietHours, quietAt } from '../time/quiet-hours.ts';
import { FrozenMeter } from './frozen-meter.ts';
import { BALANCED, type BalanceVerdict, checkBalance } from './power-balance.ts';
import type { SensorBoard } from './sensor-board.ts';
import type { BaseSignal, Signal } from './signals.ts';
import { type Circuit, circuitLimitW, type SiteConfig } from './site-config.ts';

export type Surroundings = {
  readonly events: readonly DemandEvent[];
  readonly quietHours: readonly QuietHours[];
  /** What the node draws by its operating point and the jobs that run, for a home without a meter on it. */
  readonly estimatedNodeW: number;
  readonly isClockSynced: boolean;
};

const FLOWS = ['gridW', 'pvW', 'batteryW', 'loadW'] as const;

/** A circuit that shows less than its node, twice in a row, is not measured by that meter. */
const BELOW_NODE_W = 50;
const BELOW_NODE_CYCLES = 2;
const TINY_SHARE = 0.1;
const TINY_NODE_CYCLES = 3;

/** Makes of readings what the policy may rely on: checks them against each other, and leaves out what does not hold. */
export class SiteObserver {
  readonly #config: SiteConfig;
  readonly #board: SensorBoard;
  readonly #local: LocalTime;
  readonly #frozen = new Map<Signal, FrozenMeter>();
  readonly #belowNode = new Map<Signal, number>();
  #tinyNodeCycles = 0;
  #balanceState = BALANCED;
  #balance: BalanceVerdict | undefined;

  constructor(config: SiteConfig, board: SensorBoard, local: LocalTime) {
    this.#config = config;
    this.#board = board;
    this.#local = local;
  }

  /** Of the newest cycle; undefined while a part of the sum is not measured. */
  get balance(): BalanceVerdict | undefined {
    return this.#balance;
  }

  /** Once per cycle. */
  observe(nowMs: number, around: Surroundings): SiteView {
    const { hasBattery, circuits } = this.#config;
    this.#checkFrozen('nodeW', nowMs, around.estimatedNodeW);
    this.#checkNode(nowMs, around.estimatedNodeW);
    const measuredNodeW = this.#value('nodeW', nowMs);
    const nodeW = measuredNodeW ?? around.estimatedNodeW;
    this.#checkBalance(nowMs);
    this.#checkFrozen('gridW', nowMs, measuredNodeW);
    const { event, importCaps } = effectsOf(around.events, nowMs);
    const worstGridW = this.#worstGridW(nowMs);
    return {
      gridW: this.#value('gridW', nowMs),
      batteryW: hasBattery ? this.#value('batteryW', nowMs) : 0,
      // The reserve is a limit: a battery may pass it within minutes of its meter's last word.
      socPercent: this.#board.strictValue('socPercent', nowMs),
      nodeW,
      isNodeMeasured: measuredNodeW !== undefined,
      temperatureC: this.#value('temperatureC', nowMs),
      isIslanded: this.#value('islanded', nowMs) === 1,
      worstGridW,
      circuits: circuits.map((circuit) => this.#circuit(circuit, nowMs, nodeW, measuredNodeW, worstGridW)),
      importCaps: [...this.#config.importCapsW, ...this.#sensedImportCap(nowMs), ...importCaps],
      event,
      quiet: this.#quiet(around, nowMs),
    };
  }

  #value(signal: BaseSignal, nowMs: number): number | undefined {
    return this.#board.value(signal, nowMs);
  }

  /** The same moment by two ways; whichever is worse for the limits. */
  #worstGridW(nowMs: number): number | undefined {
    const direct = this.#board.strictValue('gridW', nowMs);
    const derived = this.#derivedGridW(nowMs);
    if (direct === undefined || derived === undefined) return direct ?? derived;
    return Math.max(direct, derived);
  }

  #derivedGridW(nowMs: number): number | undefined {
    const { hasPv, hasBattery } = this.#config;
    const loadW = this.#board.strictValue('loadW', nowMs);
    const pvW = hasPv ? this.#board.strictValue('pvW', nowMs) : 0;
    const batteryW = hasBattery ? this.#board.strictValue('batteryW', nowMs) : 0;
    if (loadW === undefined || pvW === undefined || batteryW === undefined) return undefined;
    return loadW - pvW - batteryW;
  }

  #circuit(
    circuit: Circuit,
    nowMs: number,
    nodeW: number,
    measuredNodeW: number | undefined,
    worstGridW: number | undefined,
  ): CircuitView {
    const { id, measuredBy } = circuit;
    const limitW = circuitLimitW(circuit);
    if (measuredBy === 'node') return { id, limitW, loadW: nodeW };
    if (measuredBy === 'grid') return { id, limitW, loadW: worstGridW };
    const signal: Signal = `circuit/${id}`;
    this.#checkFrozen(signal, nowMs, measuredNodeW);
    this.#checkBelowNode(signal, nowMs, measuredNodeW);
    return { id, limitW, loadW: this.#board.strictValue(signal, nowMs) };
  }

  /** A machine that is on draws something near what it is set to: a thousandth of it is another unit. */
  #checkNode(nowMs: number, estimatedNodeW: number): void {
    const nodeW = this.#board.uncheckedValue('nodeW', nowMs);
    const isTiny = nodeW !== undefined && nodeW < TINY_SHARE * estimatedNodeW;
    this.#tinyNodeCycles = isTiny ? this.#tinyNodeCycles + 1 : 0;
    this.#board.suspect('nodeW', 'implausible', this.#tinyNodeCycles >= TINY_NODE_CYCLES);
  }

  #checkBelowNode(signal: Signal, nowMs: number, nodeW: number | undefined): void {
    const loadW = this.#board.uncheckedValue(signal, nowMs);
    const isBelow = loadW !== undefined && nodeW !== undefined && loadW < 0.85 * nodeW - BELOW_NODE_W;
    const cycles = isBelow ? (this.#belowNode.get(signal) ?? 0) + 1 : 0;
    this.#belowNode.set(signal, cycles);
    this.#board.suspect(signal, 'below_node', cycles >= BELOW_NODE_CYCLES);
  }

  #checkFrozen(signal: Signal, nowMs: number, nodeW: number | undefined): void {
    let meter = this.#frozen.get(signal);
    if (!meter) {
      meter = new FrozenMeter();
      this.#frozen.set(signal, meter);
    }
    const isFrozen = meter.observe(this.#board.uncheckedValue(signal, nowMs), nodeW);
    this.#board.suspect(signal, 'frozen', isFrozen);
  }

  #checkBalance(nowMs: number): void {
    const { hasPv, hasBattery } = this.#config;
    const gridW = this.#board.uncheckedValue('gridW', nowMs);
    const loadW = this.#board.uncheckedValue('loadW', nowMs);
    const pvW = hasPv ? this.#board.uncheckedValue('pvW', nowMs) : 0;
    const batteryW = hasBattery ? this.#board.uncheckedValue('batteryW', nowMs) : 0;
    if (gridW === undefined || loadW === undefined || pvW === undefined || batteryW === undefined) {
      this.#balance = undefined;
      this.#balanceState = BALANCED;
      return this.#suspectFlows(undefined);
    }
    this.#balance = checkBalance(this.#balanceState, { gridW, loadW, pvW, batteryW });
    this.#balanceState = this.#balance.state;
    this.#suspectFlows(this.#balance);
  }

  /** The one that explains it, or else all of them: economics then does without. */
  #suspectFlows(verdict: BalanceVerdict | undefined): void {
    const meant = verdict?.explanation?.signal;
    for (const signal of FLOWS) {
      const isMeant = verdict?.isSuspect === true && (meant === undefined || meant === signal);
      this.#board.suspect(signal, 'balance', isMeant);
    }
  }

  #sensedImportCap(nowMs: number): ImportCap[] {
    if (!this.#config.hasImportLimitSensor) return [];
    const capW = this.#board.strictValue('importLimitW', nowMs);
    return [{ subject: 'import limit', capW: capW ?? 0 }];
  }

  /** Without a clock nobody knows whether it is night: quiet hours then hold. */
  #quiet({ quietHours, isClockSynced }: Surroundings, nowMs: number): SiteView['quiet'] {
    if (isClockSynced) return quietAt(quietHours, this.#local, nowMs);
    const capW = Math.min(...quietHours.map((window) => window.capW));
    return quietHours.length === 0 ? undefined : { capW, untilMs: nowMs };
  }
}

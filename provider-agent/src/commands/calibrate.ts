import { readFileSync } from 'node:fs';
import { AgentError } from '../agent-error.ts';
import type { HomeConfig } from '../config/home-config.ts';
import { loadEnclaveConfig } from '../enclave/enclave-config.ts';
import { loadModel } from '../enclave/load-model.ts';
import { openSources } from '../energy/config/open-sources.ts';
import { loadSecrets } from '../energy/config/secrets.ts';
import { calibrate, LEAST_RUNS } from '../energy/price/calibration.ts';
import { type CalibrationTable, saveCalibration } from '../energy/price/calibration-table.ts';
import { JouleCounter } from '../energy/price/joule-counter.ts';
import { SensorBoard } from '../energy/site/sensor-board.ts';
import { delay, systemClock, systemRandom, systemTimers } from '../host/ports.ts';
import { type MeasurePorts, measurePoint } from './calibrate/measure.ts';

export type CalibrateOptions = {
  readonly configPath: string;
  /** Of each mix at each point. */
  readonly secondsPerRun: number;
  say(text: string): void;
};

/** A meter that has said nothing by then is none. */
const METER_WITHIN_MS = 20_000;
const IDLE_MS = 30_000;
const TICK_MS = 500;

/** Loads the model as the enclave does, works at each number of jobs, and writes the table that the ask is made from. */
export async function calibrateNode(
  config: HomeConfig,
  { configPath, secondsPerRun, say }: CalibrateOptions,
  stop: AbortSignal,
): Promise<{ readonly path: string; readonly table: CalibrationTable }> {
  const enclaveConfig = await loadEnclaveConfig(configPath);
  say(`loading ${enclaveConfig.model.path}; stop a running node first, or both are slow`);
  const lost = new AbortController();
  const model = await loadModel(enclaveConfig, {
    report: () => {},
    signal: stop,
    onLost: (error) => lost.abort(error),
  });
  const meter = await openNodeMeter(config, stop);
  try {
    const metered = meter && (await idleDraw(meter, say, stop));
    if (!metered) say('nothing meters the node: speeds only; a plug on its outlet tells joules too');
    const ports: MeasurePorts = {
      engine: model.engine,
      nowMs: () => performance.now(),
      joules: () => (metered ? meter?.joules() : undefined),
    };
    const rows = [];
    for (const slots of slotsToMeasure(config.ask.slots)) {
      say(`measuring ${slots} ${slots === 1 ? 'job' : 'jobs'} at a time`);
      const runs = await measurePoint(
        ports,
        slots,
        secondsPerRun * 1_000,
        AbortSignal.any([stop, lost.signal]),
      );
      if (runs.length < LEAST_RUNS)
        throw new AgentError(
          'calibration_failed',
          `calibration: expected ${LEAST_RUNS} runs with output, got ${runs.length}: the model ends its answers at once`,
        );
      rows.push(
        calibrate({ modelDigest: model.digest, slots, powerCapW: undefined }, runs, metered?.idleW ?? 0),
      );
    }
    const table: CalibrationTable = {
      v: 1,
      weightsSha256: enclaveConfig.model.sha256,
      modelDigest: model.digest,
      modelName: model.manifest.name,
      measuredAtMs: systemClock.nowMs(),
      metered,
      rows,
    };
    return { path: await saveCalibration(config.dataDir, table), table };
  } finally {
    await meter?.close();
    await model.engine.close();
  }
}

/** 1, 2, 4 … and all of them. */
export function slotsToMeasure(slots: number): number[] {
  const powers = Array.from({ length: 7 }, (_, exponent) => 2 ** exponent).filter((each) => each < slots);
  return [...powers, slots];
}

type NodeMeter = {
  /** Undefined while it is not heard. */
  watts(): number | undefined;
  joules(): number | undefined;
  instrument(): string;
  close(): Promise<void>;
};

/** The node's meter by the sources of home.yaml; undefined where there is none. */
async function openNodeMeter({ energy }: HomeConfig, stop: AbortSignal): Promise<NodeMeter | undefined> {
  if (!energy || energy.sources.length === 0) return undefined;
  const board = new SensorBoard();
  const counter = new JouleCounter();
  const ended = new AbortController();
  const signal = AbortSignal.any([stop, ended.signal]);
  const now = () => systemClock.nowMs();
  const ports = { clock: systemClock, timers: systemTimers, random: systemRandom };
  const { meters } = openSources(energy.sources, await loadSecrets(energy.secretsFile), ports, (path) =>
    readFileSync(path, 'utf8'),
  );
  const watts = () => board.value('nodeW', now());
  const running = meters.map(({ name, source }) =>
    source.run(
      {
        sample: (mapping, raw) => {
          board.accept(name, mapping, raw, now());
          if (mapping.signal === 'nodeW') counter.tell(watts(), now());
        },
        lost: () => {
          board.lost(name, now());
          counter.tell(watts(), now());
        },
        status: () => {},
      },
      signal,
    ),
  );
  return {
    watts,
    joules: () => (watts() === undefined ? undefined : counter.at(now())),
    instrument: () => board.assess('nodeW', now()).source ?? 'unknown',
    close: async () => {
      ended.abort();
      await Promise.all(running);
    },
  };
}

/** What the node draws with its model loaded and nothing to do. */
async function idleDraw(meter: NodeMeter, say: (text: string) => void, stop: AbortSignal) {
  for (let waitedMs = 0; meter.watts() === undefined; waitedMs += TICK_MS) {
    if (waitedMs >= METER_WITHIN_MS) return undefined;
    await delay(systemTimers, TICK_MS, stop);
    stop.throwIfAborted();
  }
  say('measuring what the node draws without work');
  const startMs = systemClock.nowMs();
  const before = meter.joules();
  await delay(systemTimers, IDLE_MS, stop);
  stop.throwIfAborted();
  const after = meter.joules();
  if (before === undefined || after === undefined) return undefined;
  const idleW = (after - before) / ((systemClock.nowMs() - startMs) / 1_000);
  return { instrument: meter.instrument(), idleW };
}

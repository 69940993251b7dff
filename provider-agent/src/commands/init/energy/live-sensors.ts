import { setTimeout as delay } from 'node:timers/promises';
import { openSources } from '../../../energy/config/open-sources.ts';
import type { SourceConfig } from '../../../energy/config/source-config.ts';
import { type Assessed, SensorBoard } from '../../../energy/site/sensor-board.ts';
import type { Signal } from '../../../energy/site/signals.ts';
import { systemClock, systemRandom, systemTimers } from '../../../host/ports.ts';
import type { Secrets } from './energy-plan.ts';

export interface LiveSensors {
  /** What each sensor says now, in our frame. */
  now(): readonly (readonly [Signal, Assessed])[];
  /** One reading after the other, `count` of them. */
  readings(signal: Signal, count: number): Promise<number[]>;
  stop(): Promise<void>;
}

const EVERY_MS = 1_000;

/** The sources as the agent would hear them, without an agent. @param say what goes wrong with them */
export function listen(
  sources: readonly SourceConfig[],
  secrets: Secrets,
  say: (line: string) => void,
): LiveSensors {
  const board = new SensorBoard();
  const end = new AbortController();
  const ports = { clock: systemClock, timers: systemTimers, random: systemRandom };
  const { meters } = openSources(
    sources,
    (name) => secrets[name] ?? '',
    ports,
    () => '',
  );
  const running = meters.map(({ name, source }) =>
    source.run(
      {
        sample: (mapping, raw) => void board.accept(name, mapping, raw, systemClock.nowMs()),
        lost: (reason) => say(`${name}: ${reason}`),
        status: (text) => say(`${name}: ${text}`),
      },
      end.signal,
    ),
  );
  return {
    now: () => board.signals.map((signal) => [signal, board.assess(signal, systemClock.nowMs())]),
    readings: async (signal, count) => {
      const found: number[] = [];
      for (let taken = 0; taken < count; taken += 1) {
        await delay(EVERY_MS);
        const value = board.value(signal, systemClock.nowMs());
        if (value !== undefined) found.push(value);
      }
      return found;
    },
    stop: async () => {
      end.abort();
      await Promise.all(running);
    },
  };
}

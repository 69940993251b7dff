import { z } from 'zod';
import { judgeSign, type SignVerdict } from '../../energy/site/sign-wizard.ts';
import { isCircuit, type Signal } from '../../energy/site/signals.ts';
import { delay, type Timers } from '../ports.ts';
import type { EnergyPort } from './energy-port.ts';
import { PageProblem } from './page-problem.ts';

const READINGS = 8;
const EVERY_MS = 500;
const never = new AbortController().signal;

/** What shows the appliance: consumption is plus. */
const shown = (signal: string): signal is Signal =>
  signal === 'gridW' || signal === 'loadW' || isCircuit(signal as Signal);

const signCheckRequest = z.strictObject({
  signal: z.string().max(64).refine(shown, 'expected gridW, loadW or a circuit'),
  /** What it says on the appliance. */
  expectedW: z.number().min(100).max(30_000),
  /** Readings while it was off; left out, these are they. */
  before: z.array(z.number()).min(1).max(READINGS).optional(),
});

export type SignCheck = {
  readonly readings: readonly number[];
  /** Undefined while the appliance is still off. */
  readonly verdict: SignVerdict | undefined;
};

/** One step of "turn on the kettle": takes readings, and judges them where there are some from before. */
export async function signCheck(energy: EnergyPort, timers: Timers, body: unknown): Promise<SignCheck> {
  const { signal: sensor, expectedW, before } = signCheckRequest.parse(body);
  const readings: number[] = [];
  for (let taken = 0; taken < READINGS; taken += 1) {
    const watts = energy.reading(sensor);
    if (watts !== undefined) readings.push(watts);
    await delay(timers, EVERY_MS, never);
  }
  if (readings.length === 0) throw new PageProblem('sensor_silent', `nothing is heard of ${sensor}`);
  return { readings, verdict: before && judgeSign(before, readings, expectedW) };
}

import { Plug } from './plug.ts';

export const IDLE_WATTS = 40;
const WATTS_PER_JOB = 330;
/**
 * The price card of the demonstration is as dear as that of a model many times its size: its simulated machines are as slow
 * as such a model would be, so that the price of a kWh is most of their ask.
 */
const TOKENS_PER_SECOND_PER_JOB = 0.25;

export const newNodePlug = (): Plug => new Plug(IDLE_WATTS, WATTS_PER_JOB);

/** What a simulated node draws with this many jobs, as an operating point of `home.yaml`. */
export function operatingPoint(slots: number): object {
  const tokensPerSecond = slots * TOKENS_PER_SECOND_PER_JOB;
  const joulesPerOutputToken = WATTS_PER_JOB / TOKENS_PER_SECOND_PER_JOB;
  return {
    slots,
    watts: IDLE_WATTS + slots * WATTS_PER_JOB,
    tokensPerSecond,
    inputTokensPerSecond: tokensPerSecond * 20,
    joulesPerOutputToken,
    joulesPerInputToken: joulesPerOutputToken / 20,
  };
}

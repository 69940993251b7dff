import type { SimRandom } from '../engine/random.ts';
import type { HomeProfile } from './home.ts';
import { type Demand, meanHoldMs } from './sessions.ts';

/** Synthetic costs and limits, as multipliers of the price card: spread like the research's, from no real home. */
const COST_PPM = { from: 150_000, to: 600_000 };
/** Homes of one owner differ by up to this much. */
const WITHIN_OWNER = 0.1;

/** `owners` owners with one to three homes each, of one slot. */
export function population(owners: number, random: SimRandom): HomeProfile[] {
  const homes: HomeProfile[] = [];
  for (let owner = 0; owner < owners; owner += 1) {
    const ownerCost = random.logUniform(COST_PPM.from, COST_PPM.to);
    for (let home = random.between(1, 3); home > 0; home -= 1) {
      const spread = 1 + WITHIN_OWNER * (2 * random.fraction() - 1);
      homes.push({
        index: homes.length,
        owner,
        slots: 1,
        costPpm: Math.round(ownerCost * spread),
        qualityPpm: random.between(800_000, 1_000_000),
      });
    }
  }
  return homes;
}

/** Buyers who keep `load` of all slots busy if each of them is served. */
export function demandFor(load: number, homes: readonly HomeProfile[]): Demand {
  const slots = homes.reduce((sum, home) => sum + home.slots, 0);
  const demand: Demand = {
    meanGapMs: 0,
    meanJobs: 3,
    minTokens: 200,
    maxTokens: 1_800,
    msPerToken: 2,
    minLimitPpm: 300_000,
    maxLimitPpm: 1_000_000,
    looks: 1,
    pauseMs: 400,
  };
  return { ...demand, meanGapMs: meanHoldMs(demand) / (load * slots) };
}

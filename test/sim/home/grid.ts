import type { DemandEvent } from '@hearth/provider-agent/energy';
import { SimRandom } from '../engine/random.ts';
import { house, mainLimitW } from './house.ts';
import type { Season } from './seasons.ts';

/** What comes from outside: prices of each quarter of an hour, what the market pays, and the events of the grid. */
export interface Grid {
  readonly importPerKwh: Float32Array;
  readonly exportPerKwh: number;
  readonly gramsPerKwh: Float32Array;
  /** µUSD per million output tokens that buyers pay. */
  readonly marketOutput: Float32Array;
  readonly events: readonly DemandEvent[];
  /** For the judge, second by second: the strictest cap on the import of the house, */
  readonly importCapW: Float32Array;
  /** and for how long an emergency has lasted; 0 outside of one. */
  readonly emergencyS: Int32Array;
}

export const SLOT_S = 900;

export function grid(season: Season, seed: number, days: number): Grid {
  const random = new SimRandom(seed, 20);
  const slots = days * 96;
  const importPerKwh = new Float32Array(slots);
  const gramsPerKwh = new Float32Array(slots);
  const marketOutput = new Float32Array(slots);
  const spikeDay = random.below(days);
  let drift = 0;
  let level = 1;
  for (let slot = 0; slot < slots; slot += 1) {
    if (slot % 96 === 0) level = 0.7 + 0.6 * random.fraction();
    const hour = (slot % 96) / 4;
    drift = 0.9 * drift + 0.02 * (random.fraction() - 0.5);
    const dip = 0.16 * season.noonShare * bump(hour, 13, 2.5);
    const spot = level * (0.09 + 0.05 * bump(hour, 8, 1.5) + 0.09 * bump(hour, 19, 1.8) - dip) + drift;
    const isSpike = Math.floor(slot / 96) === spikeDay && hour >= 17 && hour < 19;
    importPerKwh[slot] = spot + 0.14 + (isSpike ? 0.6 : 0);
    gramsPerKwh[slot] = 420 - 260 * season.noonShare * bump(hour, 13, 3) + 80 * bump(hour, 19, 2);
    marketOutput[slot] = 560_000 + 160_000 * bump(hour, 15, 4) + 120_000 * (random.fraction() - 0.5);
  }
  const all = events(season, random, days);
  const prices = { importPerKwh, exportPerKwh: 0.08, gramsPerKwh, marketOutput };
  return { ...prices, events: all, ...inSeconds(season, all, days * 86_400) };
}

function inSeconds({ startMs }: Season, all: readonly DemandEvent[], seconds: number) {
  const importCapW = new Float32Array(seconds).fill(Math.min(house.standingImportCapW, mainLimitW));
  const emergencyS = new Int32Array(seconds);
  for (const event of all) {
    const fromS = (event.startMs - startMs) / 1_000;
    const untilS = Math.min(seconds, (event.endMs - startMs) / 1_000);
    for (let s = fromS; s < untilS; s += 1) {
      if (event.importCapW !== undefined)
        importCapW[s] = Math.min(importCapW[s] ?? event.importCapW, event.importCapW);
      if (event.level === 3) emergencyS[s] = Math.max(emergencyS[s] ?? 0, s - fromS + 1);
    }
  }
  return { importCapW, emergencyS };
}

/** Two to four a week: a level of demand response, or a cap on the import of the house. */
function events(season: Season, random: SimRandom, days: number): DemandEvent[] {
  return Array.from({ length: Math.max(1, Math.round((days * random.between(2, 4)) / 7)) }, (_, index) => {
    const startMs = season.startMs + random.below(days * 86_400) * 1_000;
    const endMs = startMs + random.between(1_800, 14_400) * 1_000;
    const common = { id: `event-${index}`, source: 'openadr', startMs, endMs };
    if (random.chance(0.4)) return { ...common, importCapW: random.between(2, 6) * 1_000 };
    return { ...common, level: random.between(1, 3) as 1 | 2 | 3 };
  });
}

const bump = (hour: number, at: number, width: number) => Math.exp(-(((hour - at) / width) ** 2));

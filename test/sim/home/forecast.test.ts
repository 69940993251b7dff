import { Forecaster, LocalTime } from '@hearth/provider-agent/energy';
import { expect, test } from '@jest/globals';
import { SimRandom } from '../engine/random.ts';
import { house } from './house.ts';
import { household } from './household.ts';
import { type Season, seasons } from './seasons.ts';

const DAYS = 10;
const SEEDS = 10;
const HOUR_MS = 3_600_000;
/** A reading is taken in the middle of so many seconds. */
const STEP_S = 300;

/** What a feed says: the season's usual sun, wrong by a share of its own that day and by another each hour. */
function feed(season: Season, seed: number) {
  const random = new SimRandom(seed, 50);
  const bias = 0.75 + 0.5 * random.fraction();
  let today = 1;
  return Array.from({ length: (DAYS + 2) * 24 }, (_, hour) => {
    if (hour % 24 === 0) today = 0.75 + 0.5 * random.fraction();
    const angle = (Math.PI * ((hour % 24) + 0.5 - 12)) / season.daylightHours;
    const clear = Math.abs(angle) < Math.PI / 2 ? Math.cos(angle) ** 1.3 * season.noonShare : 0;
    const watts = house.panelPeakW * clear * (1 - 0.5 * season.meanCloud) * bias * today;
    const startMs = season.startMs + hour * HOUR_MS;
    return { startMs, endMs: startMs + HOUR_MS, watts: watts * (0.9 + 0.2 * random.fraction()) };
  });
}

test('E18: the forecast of four hours ahead is better than "as yesterday" on at least 80 % of the seeds', () => {
  const verdicts = Array.from({ length: SEEDS }, (_, index) => {
    const seed = 100 + index;
    const season = seasons[index % seasons.length] as Season;
    const { pvW, restW, seconds } = household(season, seed, DAYS);
    const said = feed(season, seed);
    const forecaster = new Forecaster(new LocalTime('Europe/Berlin'), () => said);
    for (let second = STEP_S / 2; second < seconds; second += STEP_S)
      forecaster.measure(season.startMs + second * 1_000, pvW[second], restW[second]);
    return { seed, season: season.name, ...forecaster.score.verdict };
  });
  const better = verdicts.filter(({ pinballW = 1, naivePinballW = 0 }) => pinballW < naivePinballW);
  if (better.length < 0.8 * SEEDS) throw new Error(JSON.stringify(verdicts, null, 1));
  expect(verdicts.every(({ days = 0 }) => days >= DAYS - 2)).toBe(true);
});

import { SimRandom } from '../engine/random.ts';
import { house } from './house.ts';
import type { Season } from './seasons.ts';

/** What happens in the house whatever the node does, second by second. */
export interface Household {
  readonly seconds: number;
  readonly pvW: Float32Array;
  /** Everything but the node; the oven is part of it. */
  readonly restW: Float32Array;
  /** On the node's own circuit. */
  readonly ovenW: Float32Array;
}

const DAY_S = 86_400;

export function household(season: Season, seed: number, days: number): Household {
  const seconds = days * DAY_S;
  const pvW = panels(season, new SimRandom(seed, 10), seconds);
  const ovenW = oven(new SimRandom(seed, 11), days);
  const restW = rest(season, new SimRandom(seed, 12), seconds);
  const carW = car(new SimRandom(seed, 13), days);
  for (let s = 0; s < seconds; s += 1) restW[s] = (restW[s] ?? 0) + (ovenW[s] ?? 0) + (carW[s] ?? 0);
  return { seconds, pvW, restW, ovenW };
}

/** Clear sky times clouds: a slow AR(1) for the weather, and single clouds with sharp edges on top of it. */
function panels(season: Season, random: SimRandom, seconds: number): Float32Array {
  const pvW = new Float32Array(seconds);
  let weather = season.meanCloud;
  let cloudUntil = 0;
  let cloudDepth = 0;
  for (let s = 0; s < seconds; s += 1) {
    if (s % 600 === 0)
      weather = clamp(
        weather + 0.08 * (season.meanCloud - weather) + 0.22 * (random.fraction() - 0.5),
        0,
        0.95,
      );
    if (s >= cloudUntil && random.fraction() < 0.006 * weather) {
      cloudUntil = s + random.between(15, 400);
      cloudDepth = 0.3 + 0.6 * random.fraction();
    }
    const hour = (s % DAY_S) / 3_600;
    const angle = (Math.PI * (hour - 12)) / season.daylightHours;
    const clear = Math.abs(angle) < Math.PI / 2 ? Math.cos(angle) ** 1.3 * season.noonShare : 0;
    const shade = s < cloudUntil ? 1 - cloudDepth : 1;
    pvW[s] = house.panelPeakW * clear * (1 - 0.5 * weather) * shade;
  }
  return pvW;
}

/** On for a meal, its thermostat cycling. */
function oven(random: SimRandom, days: number): Float32Array {
  const watts = new Float32Array(days * DAY_S);
  for (let day = 0; day < days; day += 1)
    for (const hour of [12, 18.5]) {
      if (!random.chance(0.6)) continue;
      const start = Math.floor(day * DAY_S + (hour + 2 * (random.fraction() - 0.5)) * 3_600);
      const length = random.between(1_200, 4_800);
      for (let s = 0; s < length; s += 1) {
        const isHeating = s < 600 || s % 150 < 60;
        if (isHeating && start + s < watts.length) watts[start + s] = house.ovenW;
      }
    }
  return watts;
}

/** A fridge, people in the morning and the evening, a heat pump, and single appliances. */
function rest(season: Season, random: SimRandom, seconds: number): Float32Array {
  const watts = new Float32Array(seconds);
  let applianceW = 0;
  let applianceUntil = 0;
  let noise = 0;
  for (let s = 0; s < seconds; s += 1) {
    const hour = (s % DAY_S) / 3_600;
    const people = 350 * bump(hour, 7.5, 1.2) + 600 * bump(hour, 19.5, 2);
    const fridge = s % 2_400 < 800 ? 90 : 0;
    const heating = s % 3_600 < 2_000 ? season.heatingW * (1 + 0.4 * bump(hour, 6, 2)) : 0;
    if (s >= applianceUntil) {
      applianceW = 0;
      if (random.fraction() < 0.0004) {
        applianceW = random.between(800, 2_400);
        applianceUntil = s + random.between(120, 2_400);
      }
    }
    noise = 0.98 * noise + 12 * (random.fraction() - 0.5);
    watts[s] = Math.max(60, 140 + people + fridge + heating + applianceW + noise);
  }
  return watts;
}

function car(random: SimRandom, days: number): Float32Array {
  const watts = new Float32Array(days * DAY_S);
  for (let day = 0; day < days; day += 1) {
    if (!random.chance(0.5)) continue;
    const start = Math.floor(day * DAY_S + (17 + 4 * random.fraction()) * 3_600);
    watts.fill(house.carW, start, Math.min(watts.length, start + random.between(1_800, 10_800)));
  }
  return watts;
}

const bump = (hour: number, at: number, width: number) => Math.exp(-(((hour - at) / width) ** 2));
const clamp = (value: number, least: number, most: number) => Math.max(least, Math.min(most, value));

import { SimRandom } from '../engine/random.ts';
import type { HomeProfile } from './home.ts';

/** What an owner tries next to what it asks now. */
const STEPS = [0.85, 0.95, 1.07, 1.25];
/** A step has to gain this much, or the owner stays: noise alone moves nobody. */
const WORTH_MOVING = 1.01;
const LOWEST_MARKUP = 1;
const HIGHEST_ASK_PPM = 1_000_000;

export interface Dynamics {
  readonly seed: number;
  readonly homes: readonly HomeProfile[];
  /** Who decides together, by owner; an owner alone by default. */
  readonly cartelOf?: (owner: number) => number;
  readonly rounds: number;
  /** Profit by owner when everybody asks this; equal rounds are the same buyers. */
  profits(asksPpm: readonly number[], round: number): readonly number[];
}

export interface Equilibrium {
  /** Ask over cost, by owner. */
  readonly markups: readonly number[];
  /** Owners (or cartels) that still moved in the last round. */
  readonly moving: number;
  readonly deciders: number;
}

/** Everybody in turn asks what pays it best against what all others ask now, round after round, from cost on. */
export function bestResponses(dynamics: Dynamics): Equilibrium {
  const { seed, homes, rounds, cartelOf = (owner) => owner, profits } = dynamics;
  const owners = Math.max(...homes.map(({ owner }) => owner)) + 1;
  let markups: readonly number[] = Array.from({ length: owners }, () => LOWEST_MARKUP);
  const cartels = [...Map.groupBy(markups.keys(), cartelOf).values()];
  const random = new SimRandom(seed, 0xbe57);
  let moving = 0;
  for (let round = 0; round < rounds; round += 1) {
    const play = (tried: readonly number[]) => ({
      markups: tried,
      profits: profits(asksOf(homes, tried), round),
    });
    let standing = play(markups);
    moving = 0;
    for (const members of random.shuffle([...cartels])) {
      const best = bestMove(standing, members, play);
      if (best !== standing) moving += 1;
      standing = best;
    }
    markups = standing.markups;
  }
  return { markups, moving, deciders: cartels.length };
}

interface Play {
  readonly markups: readonly number[];
  readonly profits: readonly number[];
}

/** What these owners together do best next; what stands, if nothing is worth moving for. */
function bestMove(
  standing: Play,
  members: readonly number[],
  play: (markups: readonly number[]) => Play,
): Play {
  const profitOf = ({ profits }: Play) => members.reduce((sum, owner) => sum + (profits[owner] ?? 0), 0);
  const worthMoving = profitOf(standing) * WORTH_MOVING;
  let best = standing;
  for (const step of STEPS) {
    const tried = standing.markups.map((markup, owner) =>
      members.includes(owner) ? moveBy(markup, step) : markup,
    );
    if (tried.every((markup, owner) => markup === standing.markups[owner])) continue;
    const candidate = play(tried);
    if (profitOf(candidate) > Math.max(worthMoving, profitOf(best))) best = candidate;
  }
  return best;
}

/** Nobody asks below cost. */
const moveBy = (markup: number, step: number): number => Math.max(LOWEST_MARKUP, markup * step);

/** What every home asks when its owner adds this markup. */
export function asksOf(homes: readonly HomeProfile[], markups: readonly number[]): number[] {
  return homes.map(({ costPpm, owner }) =>
    Math.min(HIGHEST_ASK_PPM, Math.round(costPpm * (markups[owner] ?? LOWEST_MARKUP))),
  );
}

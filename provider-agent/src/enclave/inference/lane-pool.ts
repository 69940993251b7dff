/** A place in the model's context, with the tokens that are evaluated in it. */
export interface Lane {
  readonly evaluatedTokens: readonly number[];
}

/** `tenant`: whose tokens are in it. */
type Held<L> = { readonly lane: L; tenant: string | undefined; usedAt: number };

/** `cachedTokens`: what of the lane's tokens may be reused; the rest has to go before anything is evaluated. */
export type TakenLane<L> = { readonly lane: L; readonly cachedTokens: number };

/**
 * Which lane serves the next prompt: the free one in which the same tenant has left the longest beginning of it, else
 * an empty one, else the one that was not used for longest.
 */
export class LanePool<L extends Lane> {
  readonly #free: Held<L>[];
  readonly #taken = new Map<L, Held<L>>();
  #uses = 0;

  constructor(lanes: readonly L[]) {
    this.#free = lanes.map((lane) => ({ lane, tenant: undefined, usedAt: 0 }));
  }

  /** The caller sees to it that a lane is free. */
  take(tenant: string, prompt: readonly number[]): TakenLane<L> {
    const rated = this.#free.map((held) => ({
      held,
      shared: held.tenant === tenant ? sharedPrefix(held.lane.evaluatedTokens, prompt) : 0,
    }));
    const best = rated.reduce((a, b) => (isBetter(b, a) ? b : a));
    this.#free.splice(this.#free.indexOf(best.held), 1);
    this.#taken.set(best.held.lane, best.held);
    // The last token of a prompt is always evaluated: its logits choose the first one of the output.
    return { lane: best.held.lane, cachedTokens: Math.min(best.shared, prompt.length - 1) };
  }

  /** What the lane holds from now on is this tenant's, and nothing of another's is left in it. */
  claim(lane: L, tenant: string): void {
    this.#held(lane).tenant = tenant;
  }

  giveBack(lane: L): void {
    const held = this.#held(lane);
    this.#taken.delete(lane);
    held.usedAt = ++this.#uses;
    this.#free.push(held);
  }

  #held(lane: L): Held<L> {
    const held = this.#taken.get(lane);
    if (!held) throw new Error('lane: expected one that is taken');
    return held;
  }
}

type Rated<L> = { readonly held: Held<L>; readonly shared: number };

function isBetter<L>(a: Rated<L>, b: Rated<L>): boolean {
  if (a.shared !== b.shared) return a.shared > b.shared;
  return a.held.usedAt < b.held.usedAt; // never used: 0
}

function sharedPrefix(a: readonly number[], b: readonly number[]): number {
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i++) if (a[i] !== b[i]) return i;
  return end;
}

import { energyBases, outcomes } from '@hearth/sdk/protocol';

/** What a receipt says of its job's work and energy; of all that it says. */
export type StatedEnergy = {
  readonly jobId: string;
  readonly outcome: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly energyMilliJoules: bigint;
  readonly energyBasis: number;
  /** False: its job ran on another model than the one that the operating points are of. */
  readonly isOfPoints: boolean;
};

/** What one receipt adds to the one before it of the same job. */
export type AddedWork = {
  /** Undefined where it says nothing of energy. */
  readonly milliJoules: number | undefined;
  readonly inputTokens: number;
  readonly outputTokens: number;
};

type SoFar = { readonly milliJoules: number; readonly inputTokens: number; readonly outputTokens: number };
const NOTHING: SoFar = { milliJoules: 0, inputTokens: 0, outputTokens: 0 };

/** Receipts state a job's whole work so far; this tells what each adds. */
export class StatedShares {
  readonly #interim = new Map<string, SoFar>();

  added(stated: StatedEnergy): AddedWork {
    const { jobId, outcome, energyBasis } = stated;
    const before = this.#interim.get(jobId) ?? NOTHING;
    const now = {
      milliJoules: Math.max(before.milliJoules, Number(stated.energyMilliJoules)),
      // What an earlier job has left evaluated has cost nothing.
      inputTokens: Math.max(before.inputTokens, stated.inputTokens - stated.cachedInputTokens),
      outputTokens: Math.max(before.outputTokens, stated.outputTokens),
    };
    if (outcome === outcomes.interim) this.#interim.set(jobId, now);
    else this.#interim.delete(jobId);
    return {
      milliJoules: energyBasis === energyBases.none ? undefined : now.milliJoules - before.milliJoules,
      inputTokens: now.inputTokens - before.inputTokens,
      outputTokens: now.outputTokens - before.outputTokens,
    };
  }
}

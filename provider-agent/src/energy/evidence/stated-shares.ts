import { energyBases, outcomes } from '@hearth/sdk/protocol';

/** What a receipt says of its job's energy; of all that it says. */
export type StatedEnergy = {
  readonly jobId: string;
  readonly outcome: number;
  readonly energyMilliJoules: bigint;
  readonly energyBasis: number;
};

/** Receipts state a job's whole energy so far; this tells what each adds to the one before. */
export class StatedShares {
  readonly #interim = new Map<string, number>();

  /** @returns undefined where the receipt says nothing of energy */
  added({ jobId, outcome, energyMilliJoules, energyBasis }: StatedEnergy): number | undefined {
    const before = this.#interim.get(jobId) ?? 0;
    const now = Number(energyMilliJoules);
    if (outcome === outcomes.interim) this.#interim.set(jobId, Math.max(before, now));
    else this.#interim.delete(jobId);
    return energyBasis === energyBases.none ? undefined : Math.max(0, now - before);
  }
}

/** Something happened that must never happen; seed and event number bring it back. */
export class InvariantViolation extends Error {
  readonly invariant: string;
  readonly seed: number;
  readonly event: number;

  constructor(invariant: string, seed: number, event: number, atMs: number, detail: string) {
    super(`invariant "${invariant}" broken: seed ${seed}, event ${event}, ${atMs} ms: ${detail}`);
    this.name = 'InvariantViolation';
    this.invariant = invariant;
    this.seed = seed;
    this.event = event;
  }
}

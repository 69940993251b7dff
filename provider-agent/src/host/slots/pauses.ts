import type { PauseReason } from '@hearth/sdk/protocol';

/** The one that lasts longest is what the market is told. */
const byWeight: readonly PauseReason[] = ['draining', 'maintenance', 'energy', 'quiet_hours'];

/** Why this node sells nothing for a while. Each reason is set and lifted by whoever knows of it; one alone keeps slots closed. */
export class Pauses {
  readonly #inForce = new Set<PauseReason>();
  readonly #onChange: (reason: PauseReason | null) => void;
  #declared: PauseReason | null = null;

  /** @param onChange hears the reason that counts now, each time that it is another one */
  constructor(onChange: (reason: PauseReason | null) => void) {
    this.#onChange = onChange;
  }

  /** What the market is told; null while slots are for sale. */
  get declared(): PauseReason | null {
    return this.#declared;
  }

  set(reason: PauseReason, isInForce: boolean): void {
    if (isInForce) this.#inForce.add(reason);
    else this.#inForce.delete(reason);
    const declared = byWeight.find((known) => this.#inForce.has(known)) ?? null;
    if (declared === this.#declared) return;
    this.#declared = declared;
    this.#onChange(declared);
  }
}

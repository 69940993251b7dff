import type { Hex } from '@hearth/attestation/receipt';
import type { ServiceRules, SignedReceipt } from '../protocol/index.ts';

const WHOLE_PPM = 1_000_000;
/** A quiet time saves up for this many slow answers in a row, no more. */
const MOST_SAVED = 10;

/**
 * How many jobs of one order may get a second enclave, and what those cost that were called off. The share is saved up
 * job by job; the first hedge is allowed at once.
 */
export class HedgeBudget {
  #savedPpm = WHOLE_PPM;
  #started = 0;
  #won = 0;
  #costPicoUsd = 0n;
  /** Called off, and not yet heard of: header hash, and what of its cost is known. */
  readonly #calledOff = new Map<Hex, bigint>();

  /** A job begins. */
  noteJob({ hedge }: ServiceRules): void {
    if (hedge === 'never') return;
    this.#savedPpm = Math.min(this.#savedPpm + hedge.shareOfJobsPpm, MOST_SAVED * WHOLE_PPM);
  }

  /** @returns whether one more enclave may be asked; it then counts as asked */
  take(): boolean {
    if (this.#savedPpm < WHOLE_PPM) return false;
    this.#savedPpm -= WHOLE_PPM;
    this.#started += 1;
    return true;
  }

  /** Nobody else was there to be asked. */
  giveBack(): void {
    this.#savedPpm += WHOLE_PPM;
    this.#started -= 1;
  }

  /** The second enclave was faster. */
  noteWon(): void {
    this.#won += 1;
  }

  noteCalledOff(jobHeaderHash: Hex): void {
    this.#calledOff.set(jobHeaderHash, 0n);
  }

  /** What an enclave says that it earned, which for a job called off is nothing unless it had begun to answer. */
  noteReceipt({ receipt: { execution } }: SignedReceipt): void {
    const known = this.#calledOff.get(execution.jobHeaderHash as Hex);
    if (known === undefined || execution.amountPicoUsd <= known) return;
    this.#calledOff.set(execution.jobHeaderHash as Hex, execution.amountPicoUsd);
    this.#costPicoUsd += execution.amountPicoUsd - known;
  }

  /** `costPicoUsd` is what receipts of jobs called off say so far. */
  get figures() {
    return { started: this.#started, won: this.#won, costPicoUsd: this.#costPicoUsd };
  }
}

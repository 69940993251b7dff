import type { Hex } from '@hearth/attestation/receipt';
import { EnclaveError } from '../../channel/errors.ts';

type Closed = { readonly why: 'ran' | 'withdrawn'; readonly keyId: Hex };

/** Far beyond what any model answers in an hour; each costs some 300 bytes. */
const MAX_CLOSED_JOBS = 1_000_000;

/**
 * Job headers that can never run again here: because they did, or because this enclave signed that they will not.
 * A header commits to the HPKE key it is sealed to, so an entry may be forgotten once that key is wiped: nothing sealed
 * to it opens any more.
 */
export class ReplayGuard {
  readonly #closed = new Map<Hex, Closed>();
  /** Jobs of anywhere that one here has gone on from. */
  readonly #continued = new Map<Hex, { readonly keyId: Hex }>();

  whyClosed(jobHeaderHash: Hex): 'ran' | 'withdrawn' | undefined {
    return this.#closed.get(jobHeaderHash)?.why;
  }

  /** To be called only once the job's content key has opened, else anybody could close jobs of others. */
  noteRun(jobHeaderHash: Hex, keyId: Hex): void {
    this.#close(jobHeaderHash, { why: 'ran', keyId });
  }

  /** For a job of which this enclave signs that it never ran: refused, or opened and broken off before its answer. */
  noteWithdrawn(jobHeaderHash: Hex, keyId: Hex): void {
    this.#close(jobHeaderHash, { why: 'withdrawn', keyId });
  }

  /** @returns whether nobody has gone on from that job here before: a prompt paid once is not read any number of times */
  noteContinued(jobId: Hex, keyId: Hex): boolean {
    if (this.#continued.has(jobId)) return false;
    this.#continued.set(jobId, { keyId });
    return true;
  }

  forgetAllBut(liveKeyIds: readonly Hex[]): void {
    const live = new Set(liveKeyIds);
    for (const remembered of [this.#closed, this.#continued])
      for (const [hash, { keyId }] of remembered) if (!live.has(keyId)) remembered.delete(hash);
  }

  #close(jobHeaderHash: Hex, closed: Closed): void {
    if (this.#closed.size >= MAX_CLOSED_JOBS) {
      throw new EnclaveError(
        'too_large',
        `replay set: at most ${MAX_CLOSED_JOBS} jobs until the next key rotation`,
      );
    }
    this.#closed.set(jobHeaderHash, closed);
  }
}

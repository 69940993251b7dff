import type { Hex } from '@hearth/attestation/receipt';
import { type Accept, accept, type Offer, reject, type Signed } from '@hearth/sdk/protocol';
import type { z } from 'zod';
import type { Simulation } from '../engine/simulation.ts';
import { isSignedBy } from './simulated-key.ts';

export type OfferAnswer = 'sold' | 'refused' | 'unanswered';

interface Open {
  readonly terms: Offer;
  answer(answer: OfferAnswer): void;
}

/** OFFERs that wait for their ACCEPT, as the gateway's offer desk keeps them. */
export class OfferTable {
  readonly #simulation: Simulation;
  readonly #open = new Map<Hex, Open>();

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  /** Calls back once: with the home's signed answer, or when the time of the offer is over. */
  wait(terms: Offer, answered: (answer: OfferAnswer) => void): void {
    const answer = (given: OfferAnswer): void => {
      if (this.#open.get(terms.leaseId)?.terms !== terms) return;
      this.#open.delete(terms.leaseId);
      cancel();
      answered(given);
    };
    const cancel = this.#simulation.after(terms.answerByMs - this.#simulation.nowMs(), () =>
      answer('unanswered'),
    );
    this.#open.set(terms.leaseId, { terms, answer });
  }

  /** False when no offer of it is open any more: the home has to hear that. */
  accepted(message: Signed<Accept>): boolean {
    const open = this.#open.get(message.body.leaseId);
    if (open === undefined || !isSignedBy(accept, message, open.terms.nodeKey)) return false;
    const { answerByMs: _, ...offered } = open.terms;
    const isSame = Object.entries(offered).every(
      ([name, term]) => message.body[name as keyof Accept] === term,
    );
    open.answer(isSame ? 'sold' : 'refused');
    return true;
  }

  rejected(message: z.output<typeof reject.schema>): void {
    const open = this.#open.get(message.body.leaseId);
    if (open && isSignedBy(reject, message, open.terms.nodeKey)) open.answer('refused');
  }
}

import type { Enclave, OrderTerms } from './operation.ts';

/** What one enclave has been paid on one order, and what is set aside for it alone. */
export interface Pair {
  readonly paid: bigint;
  readonly cumulative: bigint;
  readonly sequence: bigint;
  readonly reserved: bigint;
}

export const settlementWindowSec = 72n * 3600n;
const untouched: Pair = { paid: 0n, cumulative: 0n, sequence: 0n, reserved: 0n };

/** An opened order. What is left of it is never kept, always reckoned from what it locked and what its enclaves have. */
export class OrderModel {
  readonly terms: OrderTerms;
  readonly pairs = new Map<Enclave, Pair>();
  validUntilUnixSec: bigint;
  status: 'open' | 'closed' = 'open';

  constructor(terms: OrderTerms) {
    this.terms = terms;
    this.validUntilUnixSec = terms.validUntilUnixSec;
  }

  pairOf(enclave: Enclave): Pair {
    return this.pairs.get(enclave) ?? untouched;
  }

  get settlesUntilUnixSec(): bigint {
    return this.validUntilUnixSec + settlementWindowSec;
  }

  get paid(): bigint {
    return this.#sum('paid');
  }

  get reserved(): bigint {
    return this.#sum('reserved');
  }

  get rest(): bigint {
    return this.status === 'open' ? this.terms.maxSpendMicroUsd - this.paid - this.reserved : 0n;
  }

  /** @returns what goes back to the buyer. */
  close(): bigint {
    const refund = this.rest + this.reserved;
    for (const [enclave, pair] of this.pairs) this.pairs.set(enclave, { ...pair, reserved: 0n });
    this.status = 'closed';
    return refund;
  }

  #sum(field: 'paid' | 'reserved'): bigint {
    let total = 0n;
    for (const pair of this.pairs.values()) total += pair[field];
    return total;
  }
}

import { type Hex, hashNotRun } from '@hearth/attestation/receipt';
import type { Eip712Domain, Execution, NotRun } from '@hearth/contracts';
import type { SignedNotRun } from '../../channel/message-schemas.ts';
import type { EnclaveKey } from '../keys/enclave-key.ts';
import { type IssuedReceipt, OrderAccount } from './order-account.ts';

/** The members of an execution that the job knows; the book adds the chain over all receipts of this enclave. */
export type JobExecution = Omit<Execution, 'jobPriorPicoUsd' | 'enclaveSequence' | 'previousReceiptHash'>;

const NO_RECEIPT: Hex = `0x${'00'.repeat(32)}`;

/**
 * All accounts of this enclave key. RAM only: a reboot is a new key, and with it a new book.
 * Issuing is synchronous, so overlapping jobs get their receipts one after the other, in whatever order they finish.
 */
export class ReceiptBook {
  readonly #domain: Eip712Domain;
  readonly #enclaveKey: EnclaveKey;
  readonly #provider: Hex;
  readonly #accounts = new Map<Hex, OrderAccount>();
  #enclaveSequence = 0n;
  #previousReceiptHash: Hex = NO_RECEIPT;

  /** @param domain market domain: chain and settlement contract that the receipts are for. */
  constructor(domain: Eip712Domain, enclaveKey: EnclaveKey, provider: Hex) {
    this.#domain = domain;
    this.#enclaveKey = enclaveKey;
    this.#provider = provider;
  }

  account(orderHash: Hex): OrderAccount {
    const known = this.#accounts.get(orderHash);
    if (known) return known;
    const account = new OrderAccount(orderHash, {
      enclaveKey: this.#enclaveKey.address,
      provider: this.#provider,
    });
    this.#accounts.set(orderHash, account);
    return account;
  }

  accounts(): IterableIterator<OrderAccount> {
    return this.#accounts.values();
  }

  issue(orderHash: Hex, execution: JobExecution, isFinal: boolean): IssuedReceipt {
    const chained = {
      ...execution,
      enclaveSequence: this.#enclaveSequence + 1n,
      previousReceiptHash: this.#previousReceiptHash,
    };
    const issued = this.account(orderHash).issue(this.#domain, chained, isFinal, (digest) =>
      this.#enclaveKey.sign(digest),
    );
    this.#enclaveSequence = chained.enclaveSequence;
    this.#previousReceiptHash = issued.receiptHash;
    return issued;
  }

  /** To be asked only for jobs that the replay guard has closed for good. */
  signNotRun(jobHeaderHash: Hex): SignedNotRun {
    const notRun: NotRun = { jobHeaderHash, enclaveKey: this.#enclaveKey.address };
    return { notRun, signature: this.#enclaveKey.sign(hashNotRun(this.#domain, notRun)) };
  }
}

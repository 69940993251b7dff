import type { Address } from 'abitype';
import type { Hex } from 'viem';

/** A creation that was signed, and so may be on its way: written down before it is sent. */
export interface SignedCreation {
  readonly nonce: number;
  /** Where the contract will be, decided by sender and nonce. */
  readonly address: Address;
  readonly transactionHash: Hex;
  readonly signedTransaction: Hex;
  /** keccak256 of creation code and arguments: a journal of another build or other parameters is not continued. */
  readonly creationHash: Hex;
  /** Block that holds it, once seen. */
  readonly blockNumber?: bigint;
}

/** Remembers across a crash. `save` must have reached the disk when it returns. */
export interface Journal {
  load(name: string): SignedCreation | undefined;
  save(name: string, creation: SignedCreation): void;
}

/** For deployments that nobody continues. */
export function memoryJournal(): Journal {
  const creations = new Map<string, SignedCreation>();
  return {
    load: (name) => creations.get(name),
    save: (name, creation) => void creations.set(name, creation),
  };
}

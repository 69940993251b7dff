import type { Account } from './operation.ts';

/** Whoever holds tokens: a person's wallet, or one of the two contracts. */
export type Holder = Account | 'escrow' | 'vault';

/** A refusal by the contract's name of it. */
export class Refused extends Error {}

export function must(condition: boolean, error: string): asserts condition {
  if (!condition) throw new Refused(error);
}

/** The stablecoin as its holders see it. */
export class TokenModel {
  readonly balances = new Map<Holder, bigint>();
  /** What the escrow may take; the vault is allowed everything. */
  readonly #allowances = new Map<Account, bigint>();
  readonly #usedNonces = new Set<string>();

  balanceOf(holder: Holder): bigint {
    return this.balances.get(holder) ?? 0n;
  }

  mint(holder: Holder, amount: bigint): void {
    this.balances.set(holder, this.balanceOf(holder) + amount);
  }

  approve(owner: Account, amount: bigint): void {
    this.#allowances.set(owner, amount);
  }

  takeForEscrow(owner: Account, amount: bigint): void {
    const allowed = this.#allowances.get(owner) ?? 0n;
    must(allowed >= amount, 'ERC20InsufficientAllowance');
    this.move(owner, 'escrow', amount);
    this.#allowances.set(owner, allowed - amount);
  }

  /** EIP-3009: a nonce is any number, used once. */
  moveOnce(owner: Account, nonce: bigint, amount: bigint): void {
    const used = `${owner} ${nonce}`;
    must(!this.#usedNonces.has(used), 'ERC3009UsedAuthorization');
    this.move(owner, 'escrow', amount);
    this.#usedNonces.add(used);
  }

  move(from: Holder, to: Holder, amount: bigint): void {
    must(this.balanceOf(from) >= amount, 'ERC20InsufficientBalance');
    this.balances.set(from, this.balanceOf(from) - amount);
    this.mint(to, amount);
  }
}

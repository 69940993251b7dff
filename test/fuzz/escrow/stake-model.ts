import { type Account, cast, type Enclave, type Evidence, providerOf } from './operation.ts';
import { must, type TokenModel } from './token-model.ts';

interface Bond {
  readonly enclave: Enclave;
  amount: bigint;
  live: boolean;
  exitAtUnixSec: bigint | undefined;
}

export const minStakeMicroUsd = 50_000_001n; // not divisible by ten
const exitDelaySec = 7n * 86_400n;

/** Bonds behind enclaves. Shares the token with the escrow, and nothing else. */
export class StakeModel {
  readonly #token: TokenModel;
  readonly bonds: Bond[] = [];
  readonly rewards = new Map<Account, bigint>();

  constructor(token: TokenModel) {
    this.#token = token;
  }

  bond(sender: Account, enclave: Enclave): void {
    must(!this.bonds.some((bond) => bond.enclave === enclave), 'EnclaveAlreadyBonded');
    must(enclave !== cast.stranger, 'EnclaveNotRegistered');
    this.#token.move(sender, 'vault', minStakeMicroUsd);
    this.bonds.push({ enclave, amount: minStakeMicroUsd, live: true, exitAtUnixSec: undefined });
  }

  exit(sender: Account, id: number, nowUnixSec: bigint): void {
    const bond = this.#known(id);
    must(bond.live, 'BondNotLive');
    must(sender === providerOf(bond.enclave), 'NotProvider');
    bond.live = false;
    bond.exitAtUnixSec = nowUnixSec + exitDelaySec;
  }

  withdraw(sender: Account, id: number, recipient: Account, nowUnixSec: bigint): void {
    const bond = this.#known(id);
    must(sender === providerOf(bond.enclave), 'NotProvider');
    must(bond.exitAtUnixSec !== undefined, 'BondNotLeaving');
    must(nowUnixSec > bond.exitAtUnixSec, 'BondStillSlashable');
    must(bond.amount !== 0n, 'ZeroAmount');
    this.#token.move('vault', recipient, bond.amount);
    bond.amount = 0n;
  }

  slash(sender: Account, evidence: Evidence): void {
    const bond = this.bonds.find(({ enclave }) => enclave === evidence.enclave);
    must(bond !== undefined, 'EnclaveHasNoBond');
    must(bond.amount !== 0n, 'ZeroAmount');
    assertContradiction(evidence);
    const reward = bond.amount / 10n;
    this.#credit(sender, reward);
    this.#credit(cast.operator, bond.amount - reward);
    Object.assign(bond, { amount: 0n, live: false });
  }

  claimReward(sender: Account, recipient: Account): void {
    const amount = this.rewards.get(sender) ?? 0n;
    must(amount !== 0n, 'ZeroAmount');
    this.#token.move('vault', recipient, amount);
    this.rewards.set(sender, 0n);
  }

  #known(id: number): Bond {
    const bond = this.bonds[id - 1];
    must(bond !== undefined, 'BondUnknown');
    return bond;
  }

  #credit(account: Account, amount: bigint): void {
    this.rewards.set(account, (this.rewards.get(account) ?? 0n) + amount);
  }
}

/** Two different receipts with one number, or a later one with a smaller total, both really signed. */
export function assertContradiction({ a, b, forged }: Evidence): void {
  const same = a.sequence === b.sequence && a.cumulativePicoUsd === b.cumulativePicoUsd;
  const [earlier, later] = a.sequence < b.sequence ? [a, b] : [b, a];
  const impossible = a.sequence === b.sequence ? !same : later.cumulativePicoUsd < earlier.cumulativePicoUsd;
  must(impossible, 'NotEquivocation');
  must(!forged, 'EquivocationSignatureInvalid');
}

import {
  type Account,
  cast,
  type Enclave,
  type Operation,
  type OrderId,
  type OrderTerms,
  type Outcome,
} from './operation.ts';
import { OrderModel } from './order-model.ts';
import { maxMicroUsd, settleClaim, toMicroUsd } from './settle-model.ts';
import { assertContradiction, StakeModel } from './stake-model.ts';
import { must, Refused, TokenModel } from './token-model.ts';

/** What the escrow owes one account, and how many payouts it has signed. */
export interface Balances {
  readonly free: bigint;
  readonly claimable: bigint;
  readonly nonce: bigint;
}

const nothing: Balances = { free: 0n, claimable: 0n, nonce: 0n };
type Of<Kind extends Operation['kind']> = Extract<Operation, { readonly kind: Kind }>;

/**
 * The escrow as its interface describes it, in plain numbers and without signatures, packing or storage. Refusals come in
 * the contract's order. Every method checks first and changes afterwards, so a refusal changes nothing.
 */
export class EscrowModel {
  readonly token = new TokenModel();
  readonly stake = new StakeModel(this.token);
  readonly orders = new Map<OrderId, OrderModel>();
  readonly cancelled = new Set<OrderId>();
  readonly blocked = new Set<Enclave>();
  readonly feeBps: bigint;
  nowUnixSec: bigint;
  #paused = false;
  readonly #accounts = new Map<Account, Balances>();

  constructor(feeBps: bigint, nowUnixSec: bigint) {
    this.feeBps = feeBps;
    this.nowUnixSec = nowUnixSec;
  }

  apply(operation: Operation): Outcome {
    try {
      const settled = this.#run(operation);
      return settled === undefined ? {} : { settled };
    } catch (error) {
      if (error instanceof Refused) return { refused: error.message };
      throw error;
    }
  }

  balancesOf(account: Account): Balances {
    return this.#accounts.get(account) ?? nothing;
  }

  /** Everything the escrow owes: must be what it holds, to the unit. */
  owed(): bigint {
    let total = 0n;
    for (const { free, claimable } of this.#accounts.values()) total += free + claimable;
    for (const order of this.orders.values()) total += order.rest + order.reserved;
    return total;
  }

  earn(account: Account, amount: bigint): void {
    this.#change(account, { claimable: this.balancesOf(account).claimable + amount });
  }

  #run(operation: Operation): string[] | undefined {
    switch (operation.kind) {
      case 'settle':
        // `settle` takes claims order by order.
        return [...Map.groupBy(operation.claims, ({ order }) => order).values()]
          .flat()
          .map((claim) => settleClaim(this, claim));
      case 'approve':
        return void this.token.approve(operation.sender, operation.amountMicroUsd);
      case 'deposit':
        return void this.#deposit(operation);
      case 'deposit with permit':
        return void this.#depositWithPermit(operation);
      case 'deposit with authorization':
        return void this.#depositWithAuthorization(operation);
      case 'withdraw':
        return void this.#withdraw(operation.sender, operation.recipient, operation.amountMicroUsd);
      case 'claim':
        return void this.#claim(operation.sender, operation.recipient, operation.amountMicroUsd);
      case 'claim all':
        return void this.#claim(
          operation.sender,
          operation.sender,
          this.balancesOf(operation.sender).claimable,
        );
      case 'withdraw for':
      case 'claim for':
        return void this.#payOutAsSigned(operation);
      case 'open order':
        return void this.#open(operation);
      case 'cancel order':
        must(operation.sender === operation.order.buyer, 'NotBuyer');
        return void this.#cancel(operation.order);
      case 'request close':
        return void this.#requestClose(operation.order, operation.sender);
      case 'end order for':
        must(operation.signer === operation.order.buyer, 'OrderSignatureInvalid');
        if (!this.#isKnown(operation.order.id)) return void this.#cancel(operation.order);
        return void this.#requestClose(operation.order.id, operation.signer);
      case 'close order':
        return void this.#close(operation.order);
      case 'reserve':
        return void this.#reserve(operation);
      case 'pause entry':
        must(operation.sender === cast.guardian, 'NotGuardian');
        this.#paused = operation.paused;
        return;
      case 'report':
        assertContradiction(operation.evidence);
        this.blocked.add(operation.evidence.enclave);
        return;
      case 'slash':
        this.stake.slash(operation.sender, operation.evidence);
        this.blocked.add(operation.evidence.enclave);
        return;
      case 'bond':
        return void this.stake.bond(operation.sender, operation.enclave);
      case 'exit':
        return void this.stake.exit(operation.sender, operation.bond, this.nowUnixSec);
      case 'withdraw bond':
        return void this.stake.withdraw(
          operation.sender,
          operation.bond,
          operation.recipient,
          this.nowUnixSec,
        );
      case 'claim reward':
        return void this.stake.claimReward(operation.sender, operation.recipient);
    }
  }

  #deposit({ sender, account, amountMicroUsd }: Of<'deposit'>): void {
    this.#assertEntry(amountMicroUsd);
    this.token.takeForEscrow(sender, amountMicroUsd);
    this.#addFree(account, amountMicroUsd);
  }

  /** A permit replaces the allowance; one that is late or forged leaves the old one in force. */
  #depositWithPermit(operation: Of<'deposit with permit'>): void {
    const { sender, signer, amountMicroUsd, deadlineUnixSec } = operation;
    const permitted = signer === sender && this.nowUnixSec <= deadlineUnixSec;
    this.#assertEntry(amountMicroUsd);
    if (permitted) {
      must(this.token.balanceOf(sender) >= amountMicroUsd, 'ERC20InsufficientBalance');
      this.token.approve(sender, amountMicroUsd);
    }
    this.token.takeForEscrow(sender, amountMicroUsd);
    this.#addFree(sender, amountMicroUsd);
  }

  #depositWithAuthorization(operation: Of<'deposit with authorization'>): void {
    const { owner, signer, nonce, amountMicroUsd, validAfterUnixSec, validBeforeUnixSec } = operation;
    this.#assertEntry(amountMicroUsd);
    must(signer === owner, 'ERC3009InvalidSignature');
    must(
      this.nowUnixSec > validAfterUnixSec && this.nowUnixSec < validBeforeUnixSec,
      'ERC3009InvalidAuthorizationTime',
    );
    this.token.moveOnce(owner, nonce, amountMicroUsd);
    this.#addFree(owner, amountMicroUsd);
  }

  #assertEntry(amountMicroUsd: bigint): void {
    must(!this.#paused, 'EntryPaused');
    must(amountMicroUsd !== 0n, 'ZeroAmount');
    must(this.token.balanceOf('escrow') + amountMicroUsd <= maxMicroUsd, 'TotalTooLarge');
  }

  #withdraw(owner: Account, recipient: Account, amount: bigint): void {
    must(amount !== 0n, 'ZeroAmount');
    const { free } = this.balancesOf(owner);
    must(free >= amount, 'BalanceTooLow');
    this.#change(owner, { free: free - amount });
    this.token.move('escrow', recipient, amount);
  }

  #claim(owner: Account, recipient: Account, amount: bigint): void {
    must(amount !== 0n, 'ZeroAmount');
    const { claimable } = this.balancesOf(owner);
    must(claimable >= amount, 'BalanceTooLow');
    this.#change(owner, { claimable: claimable - amount });
    this.token.move('escrow', recipient, amount);
  }

  #payOutAsSigned(operation: Of<'withdraw for' | 'claim for'>): void {
    const { kind, owner, recipient, amountMicroUsd, signer } = operation;
    const { nonce } = this.balancesOf(owner);
    must(this.nowUnixSec <= operation.deadlineUnixSec, 'SignatureExpired');
    must(operation.nonce === nonce, 'NonceWrong');
    must(signer === owner, 'PayoutSignatureInvalid');
    if (kind === 'withdraw for') this.#withdraw(owner, recipient, amountMicroUsd);
    else this.#claim(owner, recipient, amountMicroUsd);
    this.#change(owner, { nonce: nonce + 1n });
  }

  #open({ order, signer }: Of<'open order' | 'end order for'>): void {
    const { id, buyer, maxSpendMicroUsd, validAfterUnixSec, validUntilUnixSec } = order;
    must(!this.#paused, 'EntryPaused');
    must(!this.#isKnown(id), 'OrderAlreadyKnown');
    must(
      maxSpendMicroUsd !== 0n &&
        order.maxSpendPerEnclaveMicroUsd !== 0n &&
        order.minTier <= 2 &&
        validAfterUnixSec < validUntilUnixSec,
      'OrderMalformed',
    );
    must(this.nowUnixSec < validUntilUnixSec, 'OrderOver');
    must(signer === buyer, 'OrderSignatureInvalid');
    const { free } = this.balancesOf(buyer);
    must(free >= maxSpendMicroUsd, 'BalanceTooLow');
    this.#change(buyer, { free: free - maxSpendMicroUsd });
    this.orders.set(id, new OrderModel(order));
  }

  #cancel({ id }: OrderTerms): void {
    must(!this.#isKnown(id), 'OrderAlreadyKnown');
    this.cancelled.add(id);
  }

  #requestClose(id: OrderId, sender: Account): void {
    const order = this.#openOrder(id);
    must(sender === order.terms.buyer, 'NotBuyer');
    must(order.validUntilUnixSec > this.nowUnixSec, 'OrderOver');
    order.validUntilUnixSec = this.nowUnixSec;
  }

  #close(id: OrderId): void {
    const order = this.#openOrder(id);
    must(this.nowUnixSec > order.settlesUntilUnixSec, 'OrderStillSettling');
    this.#addFree(order.terms.buyer, order.close());
  }

  #reserve({ order: id, enclave, capPicoUsd, forged }: Of<'reserve'>): void {
    const order = this.#openOrder(id);
    must(this.nowUnixSec <= order.validUntilUnixSec, 'OrderOver');
    must(!forged, 'SessionSignatureInvalid');
    const pair = order.pairOf(enclave);
    const cap = toMicroUsd(capPicoUsd);
    const limit = order.terms.maxSpendPerEnclaveMicroUsd;
    const added = (cap < limit ? cap : limit) - pair.paid - pair.reserved;
    must(added > 0n, 'NothingToReserve');
    must(order.rest >= added, 'OrderRestTooLow');
    order.pairs.set(enclave, { ...pair, reserved: pair.reserved + added });
  }

  #isKnown(id: OrderId): boolean {
    return this.orders.has(id) || this.cancelled.has(id);
  }

  #openOrder(id: OrderId): OrderModel {
    const order = this.orders.get(id);
    must(order?.status === 'open', 'OrderIsNotOpen');
    return order;
  }

  #addFree(account: Account, amount: bigint): void {
    this.#change(account, { free: this.balancesOf(account).free + amount });
  }

  #change(account: Account, change: Partial<Balances>): void {
    this.#accounts.set(account, { ...this.balancesOf(account), ...change });
  }
}

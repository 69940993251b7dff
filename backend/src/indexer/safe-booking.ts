import { enclaveRegistryAbi, hearthSettlementAbi } from '@hearth/contracts';
import { Injectable } from '@nestjs/common';
import { ChainBooking } from '../ledger/chain-booking.ts';
import type { ChainFact } from '../ledger/chain-fact.ts';
import { ChainClient } from '../platform/chain-client.ts';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { Config } from '../platform/config.ts';
import { Transactions } from '../platform/transactions.ts';
import type { DecodedEvent } from './contract-events.ts';
import { EventArgs } from './event-args.ts';
import { EventStore } from './event-store.ts';

const maxKnownProviders = 10_000;

/** Turns stored events into ledger facts once their block is safe, one transaction per block with events. */
@Injectable()
export class SafeBooking {
  private feeRecipient: `0x${string}` | undefined;
  private readonly providers = new Map<string, `0x${string}`>();

  constructor(
    private readonly store: EventStore,
    private readonly ledger: ChainBooking,
    private readonly transactions: Transactions,
    private readonly chain: ChainClient,
    private readonly identity: ChainIdentity,
    private readonly config: Config,
  ) {}

  /** @returns whether it is done; not, where another replica is at it */
  async bookUpTo(safeHeight: bigint): Promise<boolean> {
    const cursor = await this.store.cursor();
    if (cursor === undefined) return false;
    const target = safeHeight < cursor.height ? safeHeight : cursor.height;
    let booked = cursor.bookedHeight;
    if (target <= booked) return true;
    const events = await this.store.eventsBetween(booked, target);
    for (const [height, ofBlock] of Map.groupBy(events, (event) => event.height)) {
      if (!(await this.bookBlock(booked, height, ofBlock))) return false;
      booked = height;
    }
    return booked === target || this.transactions.run((tx) => this.store.advanceBooked(tx, booked, target));
  }

  private async bookBlock(from: bigint, height: bigint, events: readonly DecodedEvent[]): Promise<boolean> {
    const facts: ChainFact[] = [];
    for (const event of events) facts.push(...(await this.factsOf(event)));
    return this.transactions.run(async (tx) => {
      if (!(await this.store.advanceBooked(tx, from, height))) return false;
      await this.ledger.applyAll(tx, facts);
      return true;
    });
  }

  private async factsOf(event: DecodedEvent): Promise<ChainFact[]> {
    const args = new EventArgs(event.args);
    const base = {
      chainRef: this.identity.ref,
      factId: `event:${this.identity.ref}:${event.height}:${event.logIndex}`,
    };
    switch (event.name) {
      case 'Deposited':
        return [
          { ...base, kind: 'deposited', buyer: args.hex('buyer'), microUsd: args.bigint('amountMicroUsd') },
        ];
      case 'Withdrawn':
        return [
          { ...base, kind: 'withdrawn', buyer: args.hex('buyer'), microUsd: args.bigint('amountMicroUsd') },
        ];
      case 'OrderOpened':
        return [
          {
            ...base,
            kind: 'order-opened',
            orderHash: args.hex('orderHash'),
            buyer: args.hex('buyer'),
            maxSpendMicroUsd: args.bigint('maxSpendMicroUsd'),
            maxSpendPerEnclaveMicroUsd: await this.maxSpendPerEnclave(args.hex('orderHash')),
            validUntilUnixSec: BigInt(args.number('validUntilUnixSec')),
          },
        ];
      case 'OrderCloseRequested':
        return [
          {
            ...base,
            kind: 'close-requested',
            orderHash: args.hex('orderHash'),
            validUntilUnixSec: BigInt(args.number('validUntilUnixSec')),
          },
        ];
      case 'OrderClosed':
        return [{ ...base, kind: 'order-closed', orderHash: args.hex('orderHash') }];
      case 'Reserved':
        return [
          {
            ...base,
            kind: 'reserved',
            orderHash: args.hex('orderHash'),
            enclaveKey: args.hex('enclaveKey'),
            reservedMicroUsd: args.bigint('reservedMicroUsd'),
          },
        ];
      case 'Settled':
        return this.settlements(base, args);
      case 'Claimed':
        return [await this.claim(base, args)];
      default:
        return []; // moves no money
    }
  }

  private async settlements(
    base: { chainRef: number; factId: string },
    args: EventArgs,
  ): Promise<ChainFact[]> {
    const operator = await this.operator();
    return Promise.all(
      args.structs('payments').map(async (payment, index) => {
        const provider = await this.providerOf(payment.hex('enclaveKey'));
        return {
          ...base,
          factId: `${base.factId}:${index}`,
          kind: 'settled' as const,
          orderHash: args.hex('orderHash'),
          enclaveKey: payment.hex('enclaveKey'),
          provider,
          isFeeRecipient: provider === operator,
          creditMicroUsd: payment.bigint('creditMicroUsd'),
          feeMicroUsd: payment.bigint('feeMicroUsd'),
        };
      }),
    );
  }

  /** Not in the event; an enclave key has one provider for ever. */
  private async providerOf(enclaveKey: `0x${string}`): Promise<`0x${string}`> {
    const known = this.providers.get(enclaveKey);
    if (known !== undefined) return known;
    const { registry: address } = this.config;
    const abi = enclaveRegistryAbi;
    const args = [enclaveKey] as const;
    const [provider] = await this.chain.rpc.readContract({
      address,
      abi,
      functionName: 'providerAndTierOf',
      args,
    });
    const lowerCase = provider.toLowerCase() as `0x${string}`;
    if (this.providers.size >= maxKnownProviders) this.providers.clear();
    this.providers.set(enclaveKey, lowerCase);
    return lowerCase;
  }

  /** The operator's fees are claimed like a provider's earnings. */
  private async claim(base: { chainRef: number; factId: string }, args: EventArgs): Promise<ChainFact> {
    const provider = args.hex('provider');
    const microUsd = args.bigint('amountMicroUsd');
    return provider === (await this.operator())
      ? { ...base, kind: 'fee-claimed', microUsd }
      : { ...base, kind: 'claimed', provider, microUsd };
  }

  /** Not in the event; immutable once the order is open. */
  private async maxSpendPerEnclave(orderHash: `0x${string}`): Promise<bigint> {
    const { settlement: address } = this.config;
    const order = await this.chain.rpc.readContract({
      address,
      abi: hearthSettlementAbi,
      functionName: 'orderOf',
      args: [orderHash],
    });
    return order.maxSpendPerEnclaveMicroUsd;
  }

  private async operator(): Promise<`0x${string}`> {
    const { settlement: address } = this.config;
    this.feeRecipient ??= (
      await this.chain.rpc.readContract({
        address,
        abi: hearthSettlementAbi,
        functionName: 'operatorFeeRecipient',
      })
    ).toLowerCase() as `0x${string}`;
    return this.feeRecipient;
  }
}

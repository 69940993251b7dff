import type { Hex } from '@hearth/attestation/receipt';
import { Injectable } from '@nestjs/common';
import type { DecodedEvent } from './contract-events.ts';
import { EventArgs } from './event-args.ts';
import { EventStore } from './event-store.ts';

export interface OrderFacts {
  readonly orderHash: Hex;
  readonly status: 'unknown' | 'open' | 'closing' | 'closed' | 'cancelled';
  readonly buyer: Hex | undefined;
  readonly sessionKey: Hex | undefined;
  readonly maxSpendMicroUsd: bigint;
  readonly paidMicroUsd: bigint;
  readonly feeBps: number;
  readonly validUntilUnixSec: number;
}

export interface EnclaveFacts {
  readonly enclaveKey: Hex;
  readonly provider: Hex;
  readonly platformId: Hex;
  readonly tier: number;
  readonly teeType: number;
  /** Where platform, module and quoting enclave stood when it registered: a TcbStatus of the contracts. */
  readonly tcbStatus: number;
  readonly expiresAtUnixSec: number;
  readonly nodeKey: Hex;
  readonly measurementHash: Hex;
  readonly firstHpkeKeyId: Hex;
  readonly configHash: Hex;
  readonly registeredAtBlock: bigint;
  /** Caught signing two receipts for one place in its sequence. */
  readonly blocked: boolean;
  /** Why it may get no new jobs, as those who govern the registry decided; what it earned settles all the same. */
  readonly barred: 'revoked' | 'platform-banned' | 'release-withdrawn' | undefined;
}

export interface SettlementFacts {
  readonly enclaveKey: Hex;
  readonly txHash: Hex;
  readonly blockNumber: number;
  readonly sequence: bigint;
  readonly paidMicroUsd: bigint;
  readonly creditMicroUsd: bigint;
  readonly feeMicroUsd: bigint;
}

/** What the contracts say, true at the safe block. */
@Injectable()
export class ChainFacts {
  constructor(private readonly store: EventStore) {}

  async order(orderHash: Hex): Promise<OrderFacts> {
    const names = ['OrderOpened', 'OrderCancelled', 'OrderCloseRequested', 'OrderClosed', 'Settled'] as const;
    return foldOrder(orderHash, await this.store.bookedEvents(names, orderHash));
  }

  /** The newest registration of an enclave key; undefined when there is none. */
  async enclave(enclaveKey: Hex): Promise<EnclaveFacts | undefined> {
    const events = await this.store.bookedEvents(
      ['EnclaveRegistered', 'EnclaveBlocked', 'EnclaveRevoked'],
      enclaveKey,
    );
    const registered = events.findLast((event) => event.name === 'EnclaveRegistered');
    if (!registered) return undefined;
    const enclave = toEnclave(registered);
    const has = (name: DecodedEvent['name']) => events.some((event) => event.name === name);
    return {
      ...enclave,
      blocked: has('EnclaveBlocked'),
      barred: has('EnclaveRevoked') ? 'revoked' : await this.barred(enclave),
    };
  }

  /** A platform or a release may be barred and let in again: the last word counts. */
  private async barred({
    platformId,
    measurementHash,
  }: Pick<EnclaveFacts, 'platformId' | 'measurementHash'>): Promise<EnclaveFacts['barred']> {
    const [platform, release] = await Promise.all([
      this.store.bookedEvents(['PlatformBanned', 'PlatformUnbanned'], platformId),
      this.store.bookedEvents(['ReleaseListed', 'ReleaseWithdrawn'], measurementHash),
    ]);
    if (platform.at(-1)?.name === 'PlatformBanned') return 'platform-banned';
    return release.at(-1)?.name === 'ReleaseWithdrawn' ? 'release-withdrawn' : undefined;
  }

  /** Settlements of one (order, enclave), oldest first. */
  async settlements(orderHash: Hex, enclaveKey: Hex): Promise<SettlementFacts[]> {
    const events = await this.store.bookedEvents(['Settled'], orderHash);
    return events.flatMap(toSettlements).filter((settled) => settled.enclaveKey === enclaveKey);
  }

  /** The first settlement that covers the receipt with this sequence; a newer receipt settles every earlier one. */
  async settlementCovering(
    orderHash: Hex,
    enclaveKey: Hex,
    sequence: bigint,
  ): Promise<SettlementFacts | undefined> {
    return (await this.settlements(orderHash, enclaveKey)).find((settled) => settled.sequence >= sequence);
  }
}

function foldOrder(orderHash: Hex, events: readonly DecodedEvent[]): OrderFacts {
  const of = (name: DecodedEvent['name']) => {
    const event = events.find((candidate) => candidate.name === name);
    return event && new EventArgs(event.args);
  };
  const [opened, closing] = [of('OrderOpened'), of('OrderCloseRequested')];
  const paid = events
    .filter((event) => event.name === 'Settled')
    .flatMap(toSettlements)
    .reduce((sum, { creditMicroUsd, feeMicroUsd }) => sum + creditMicroUsd + feeMicroUsd, 0n);
  return {
    orderHash,
    status: of('OrderClosed')
      ? 'closed'
      : of('OrderCancelled')
        ? 'cancelled'
        : closing
          ? 'closing'
          : opened
            ? 'open'
            : 'unknown',
    buyer: opened?.hex('buyer'),
    sessionKey: opened?.hex('sessionKey'),
    maxSpendMicroUsd: opened?.bigint('maxSpendMicroUsd') ?? 0n,
    paidMicroUsd: paid,
    feeBps: opened?.number('feeBps') ?? 0,
    validUntilUnixSec: (closing ?? opened)?.number('validUntilUnixSec') ?? 0,
  };
}

function toEnclave(event: DecodedEvent): Omit<EnclaveFacts, 'blocked' | 'barred'> {
  const args = new EventArgs(event.args);
  const details = args.struct('details');
  return {
    enclaveKey: args.hex('enclaveKey'),
    provider: args.hex('provider'),
    platformId: args.hex('platformId'),
    tier: args.number('tier'),
    teeType: args.number('teeType'),
    tcbStatus: args.number('tcbStatus'),
    expiresAtUnixSec: args.number('expiresAtUnixSec'),
    nodeKey: details.hex('nodeKey'),
    measurementHash: details.hex('measurementHash'),
    firstHpkeKeyId: details.hex('firstHpkeKeyId'),
    configHash: details.hex('configHash'),
    registeredAtBlock: event.height,
  };
}

function toSettlements(event: DecodedEvent): SettlementFacts[] {
  return new EventArgs(event.args).structs('payments').map((payment) => ({
    txHash: event.txHash,
    blockNumber: Number(event.height),
    enclaveKey: payment.hex('enclaveKey'),
    sequence: payment.bigint('sequence'),
    paidMicroUsd: payment.bigint('paidMicroUsd'),
    creditMicroUsd: payment.bigint('creditMicroUsd'),
    feeMicroUsd: payment.bigint('feeMicroUsd'),
  }));
}

import { enclaveRegistryAbi, hearthSettlementAbi, releaseListAbi, unpackPayments } from '@hearth/contracts';
import { type ContractEventName, type Log, parseEventLogs } from 'viem';

type ContractEvent =
  | ContractEventName<typeof hearthSettlementAbi>
  | ContractEventName<typeof enclaveRegistryAbi>
  | ContractEventName<typeof releaseListAbi>;

/** The first indexed argument of each event we keep: what a reader looks it up by. Events not listed are not stored. */
const subjectOf = {
  Deposited: 'buyer',
  Withdrawn: 'buyer',
  OrderOpened: 'orderHash',
  OrderCancelled: 'orderHash',
  OrderCloseRequested: 'orderHash',
  OrderClosed: 'orderHash',
  Reserved: 'orderHash',
  Settled: 'orderHash',
  Claimed: 'provider',
  EnclaveBlocked: 'enclaveKey',
  EnclaveRegistered: 'enclaveKey',
  PlatformRegistered: 'platformId',
  PlatformReleased: 'platformId',
  EnclaveRevoked: 'enclaveKey',
  PlatformBanned: 'platformId',
  PlatformUnbanned: 'platformId',
  ReleaseListed: 'measurementHash',
  ReleaseWithdrawn: 'measurementHash',
} as const satisfies Partial<Record<ContractEvent, string>>;
export type StoredEventName = keyof typeof subjectOf;

export interface DecodedEvent {
  readonly height: bigint;
  readonly logIndex: number;
  readonly txHash: `0x${string}`;
  readonly name: StoredEventName;
  readonly subject: string;
  /** JSON form: integers as decimal strings. */
  readonly args: Record<string, unknown>;
}

/** Decodes the logs of our two contracts; anything else in them is dropped. */
export function decodeEvents(logs: readonly Log<bigint, number, false>[]): DecodedEvent[] {
  const abi = [...hearthSettlementAbi, ...enclaveRegistryAbi, ...releaseListAbi] as const;
  return parseEventLogs({ abi, logs: [...logs] }).flatMap((log) => {
    const name = log.eventName as StoredEventName;
    const subjectName: string | undefined = subjectOf[name];
    if (subjectName === undefined) return [];
    const args = toJson(readable(log.args)) as Record<string, unknown>;
    return [
      {
        height: log.blockNumber,
        logIndex: log.logIndex,
        txHash: log.transactionHash,
        name,
        subject: String(args[subjectName]),
        args,
      },
    ];
  });
}

/** A `Settled` event's packed list becomes one object for each pair. */
function readable(args: object): object {
  if (!('payments' in args)) return args;
  return { ...args, payments: unpackPayments(args.payments as readonly bigint[]) };
}

function toJson(argument: unknown): unknown {
  if (typeof argument === 'bigint') return argument.toString();
  if (typeof argument === 'string') return argument.startsWith('0x') ? argument.toLowerCase() : argument;
  if (Array.isArray(argument)) return argument.map(toJson);
  if (typeof argument === 'object' && argument !== null)
    return Object.fromEntries(Object.entries(argument).map(([name, member]) => [name, toJson(member)]));
  return argument;
}

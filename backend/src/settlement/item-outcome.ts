import {
  hearthSettlementAbi,
  type ItemStatus,
  itemStatuses,
  paymentsIn,
  type Settlement,
} from '@hearth/contracts';
import { type Log, parseEventLogs } from 'viem';
import type { IntentState } from './settlement-intent.entity.ts';

export interface ItemOutcome {
  readonly state: IntentState;
  readonly detail: string | null;
}

/** Has the chain settled this sequence of the pair, or a later one: true at the safe block, so far only above it, or not at all. */
export type Coverage = 'safe' | 'newest' | 'none';

/** What an item that moved nothing becomes; undefined: ask again, because a settlement that covers it is not safe yet. */
export function outcomeOfRefusal(
  status: Exclude<ItemStatus, 'settled'>,
  covered: Coverage,
): ItemOutcome | undefined {
  const nothingToPay = status === 'nothing-new' || status === 'receipt-outdated';
  if (!nothingToPay || covered === 'none') return { state: 'refused', detail: status };
  return covered === 'safe' ? { state: 'settled-elsewhere', detail: null } : undefined;
}

/** What became of one pair in a mined transaction, from its logs. */
export function statusInLogs(
  logs: readonly Log[],
  { orderHash, enclaveKey }: Settlement,
): ItemStatus | undefined {
  const isOfPair = (of: { orderHash: string; enclaveKey: string }) =>
    of.orderHash.toLowerCase() === orderHash && of.enclaveKey.toLowerCase() === enclaveKey;
  if (paymentsIn(logs).some(isOfPair)) return 'settled';
  const refusals = parseEventLogs({ abi: hearthSettlementAbi, logs: [...logs], eventName: 'ItemRefused' });
  const refusal = refusals.find(({ args }) => isOfPair(args));
  return refusal && itemStatuses[refusal.args.status];
}

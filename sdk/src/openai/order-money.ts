import { earnedPicoUsd } from '../client/order-record.ts';
import type { Session } from '../client/session.ts';

/** What one order owes by its receipts, and could come to owe by the jobs under way. */
export function orderMoney({ file }: Session): { earnedPicoUsd: bigint; openPicoUsd: bigint } {
  const pairs = Object.values(file.record.pairs);
  return {
    earnedPicoUsd: pairs.reduce((sum, pair) => sum + earnedPicoUsd(pair), 0n),
    openPicoUsd: pairs.flatMap(({ inFlight }) => inFlight).reduce((sum, job) => sum + job.capPicoUsd, 0n),
  };
}

import { microUsdFloor } from '@hearth/attestation/receipt';
import { hearthSettlementAbi, type Settlement } from '@hearth/contracts';
import { clientsOf } from '../market/accounts.ts';
import type { Market } from '../market/market.ts';
import { until } from './until.ts';

const PATIENCE_MS = 45_000;

/** Resolves when the chain has paid the pair what this receipt proves: receipts over nothing settle with an earlier one. */
export async function untilSettled(
  { chain, contracts }: Market,
  { orderHash, enclaveKey, cumulativePicoUsd }: Settlement,
): Promise<void> {
  const { publicClient } = clientsOf(chain, 'stranger');
  const contract = { address: contracts.settlement, abi: hearthSettlementAbi } as const;
  const earnedMicroUsd = microUsdFloor(cumulativePicoUsd);
  await until(
    `${earnedMicroUsd} µUSD paid for ${enclaveKey} on order ${orderHash}`,
    async () => {
      const args = [orderHash, enclaveKey] as const;
      return (await publicClient.readContract({ ...contract, functionName: 'pairOf', args })).paidMicroUsd;
    },
    (paidMicroUsd) => paidMicroUsd >= earnedMicroUsd,
    PATIENCE_MS,
  );
}

import { microUsdFloor } from '@hearth/attestation/receipt';
import { hearthSettlementAbi, type Settlement } from '@hearth/contracts';
import { clientsOf } from '../market/accounts.ts';
import type { Market } from '../market/market.ts';

const PATIENCE_MS = 45_000;

/** Resolves when the chain has paid the pair what this receipt proves: receipts over nothing settle with an earlier one. */
export function untilSettled(
  market: Market,
  { orderHash, enclaveKey, cumulativePicoUsd }: Settlement,
): Promise<void> {
  const { publicClient } = clientsOf(market.chain, 'stranger');
  return new Promise((resolve, reject) => {
    const end = (act: () => void) => {
      clearTimeout(timer);
      unwatch();
      act();
    };
    const earnedMicroUsd = microUsdFloor(cumulativePicoUsd);
    const what = `${earnedMicroUsd} µUSD for ${enclaveKey} on order ${orderHash}`;
    const timer = setTimeout(
      () => end(() => reject(new Error(`${what} were not paid within ${PATIENCE_MS} ms`))),
      PATIENCE_MS,
    );
    const unwatch = publicClient.watchContractEvent({
      address: market.contracts.settlement,
      abi: hearthSettlementAbi,
      eventName: 'Settled',
      args: { orderHash, enclaveKey },
      fromBlock: BigInt(market.contracts.deploymentBlock),
      onLogs: (logs) => {
        if (logs.some(({ args }) => (args.paidMicroUsd ?? 0n) >= earnedMicroUsd)) end(resolve);
      },
      onError: (error) => end(() => reject(error)),
    });
  });
}

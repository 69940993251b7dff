import { bringCollateral, type CollateralDocuments, type TdxRegistration } from '@hearth/contracts';
import type { Account, Chain, Hex, PublicClient, Transport, WalletClient } from 'viem';

const DAY_SECONDS = 86_400;

/** Brings the chain what a registration needs of the vendor's collateral, with anybody's wallet. */
export async function supplyCollateral(
  {
    publicClient,
    walletClient,
  }: {
    readonly publicClient: PublicClient;
    readonly walletClient: WalletClient<Transport, Chain | undefined, Account>;
  },
  registry: Hex,
  registration: TdxRegistration,
  documents: CollateralDocuments,
): Promise<void> {
  const { timestamp } = await publicClient.getBlock();
  await bringCollateral({
    publicClient,
    registry,
    registration,
    documents,
    neededUntilUnixSec: Number(timestamp) + DAY_SECONDS,
    send: async ({ what, to, data }) => {
      const hash = await walletClient.sendTransaction({
        to,
        data,
        account: walletClient.account,
        chain: walletClient.chain ?? null,
      });
      const { status } = await publicClient.waitForTransactionReceipt({ hash });
      if (status !== 'success') throw new Error(`${what}: transaction ${hash} was reverted`);
    },
  });
}

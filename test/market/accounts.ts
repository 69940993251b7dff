import { testUsdAbi } from '@hearth/contracts';
import {
  createPublicClient,
  createWalletClient,
  type HttpTransport,
  http,
  type LocalAccount,
  type PublicClient,
  type Chain as ViemChain,
  type WalletClient,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import type { Chain } from '../environment/chain.ts';
import { developmentChain } from '../environment/development-chain.ts';

/** Who is who among the funded accounts of a development chain. */
export const roles = [
  'operator',
  'gateway gas',
  'buyer',
  'home a wallet',
  'home b wallet',
  'home c wallet',
  'home a gas',
  'home b gas',
  'home c gas',
  'stranger',
  'cashier',
] as const;
export type Role = (typeof roles)[number];

export function privateKeyOf(chain: Chain, role: Role): `0x${string}` {
  const account = chain.accounts[roles.indexOf(role)];
  if (!account) throw new Error(`the chain has ${chain.accounts.length} accounts, none for ${role}`);
  return account.privateKey;
}

export function accountOf(chain: Chain, role: Role): LocalAccount {
  return privateKeyToAccount(privateKeyOf(chain, role));
}

/** viem clients on the development chain, acting as one role. */
export function clientsOf(
  chain: Chain,
  role: Role,
): {
  publicClient: PublicClient<HttpTransport, ViemChain>;
  walletClient: WalletClient<HttpTransport, ViemChain, LocalAccount>;
} {
  const settings = {
    chain: developmentChain(chain),
    transport: http(chain.rpcUrl),
    pollingInterval: 50,
  };
  return {
    publicClient: createPublicClient(settings),
    walletClient: createWalletClient({ ...settings, account: accountOf(chain, role) }),
  };
}

/** Makes test money for an account. */
export async function mint(
  chain: Chain,
  token: `0x${string}`,
  owner: `0x${string}`,
  amountMicroUsd: bigint,
): Promise<void> {
  const { publicClient, walletClient } = clientsOf(chain, 'operator');
  const hash = await walletClient.writeContract({
    address: token,
    abi: testUsdAbi,
    functionName: 'mint',
    args: [owner, amountMicroUsd],
  });
  await publicClient.waitForTransactionReceipt({ hash });
}

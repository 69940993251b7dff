import { hearthSettlementAbi, stakeVaultAbi, testUsdAbi } from '@hearth/contracts';
import type { EscrowModel } from './escrow-model.ts';
import { type EscrowWorld, enclaveAddress } from './escrow-world.ts';
import { type Account, cast, type Enclave, type OrderId } from './operation.ts';
import type { SignedMessages } from './signed-messages.ts';

/** Names of balances and records, and what they are. */
export type State = Record<string, bigint | string>;

/** What to look at besides everybody's balances. */
export interface View {
  readonly orders: readonly OrderId[];
  readonly pairs: readonly { readonly order: OrderId; readonly enclave: Enclave }[];
}

const accounts = Array.from({ length: cast.accounts }, (_, index) => index);
const holders: readonly (Account | 'escrow' | 'vault')[] = ['escrow', 'vault', ...accounts];
const statuses = ['unknown', 'open', 'closed', 'cancelled'] as const;

export function modelState(model: EscrowModel, { orders, pairs }: View): State {
  return Object.fromEntries([
    ...holders.map((holder) => [`tokens of ${holder}`, model.token.balanceOf(holder)]),
    ...accounts.map((account) => {
      const { free, claimable, nonce } = model.balancesOf(account);
      return [`account ${account}`, `free ${free}, claimable ${claimable}, nonce ${nonce}`];
    }),
    ...accounts.map((account) => [`reward of ${account}`, model.stake.rewards.get(account) ?? 0n]),
    ...orders.map((id) => {
      const order = model.orders.get(id);
      if (order === undefined) return [`order ${id}`, model.cancelled.has(id) ? 'cancelled' : 'unknown'];
      const { status, rest, reserved, validUntilUnixSec } = order;
      return [`order ${id}`, `${status}, rest ${rest}, reserved ${reserved}, until ${validUntilUnixSec}`];
    }),
    ...pairs.map(({ order, enclave }) => {
      const pair = model.orders.get(order)?.pairOf(enclave);
      const { paid, cumulative, sequence, reserved } = pair ?? nothing;
      return [
        `pair ${order}/${enclave}`,
        `paid ${paid}, total ${cumulative}, up to ${sequence}, reserved ${reserved}`,
      ];
    }),
  ]);
}

const nothing = { paid: 0n, cumulative: 0n, sequence: 0n, reserved: 0n };

/** The same from the contracts; the world's client makes one call of it all. */
export async function chainState(
  world: EscrowWorld,
  messages: SignedMessages,
  { orders, pairs }: View,
): Promise<State> {
  const { publicClient: client, market } = world;
  const token = { address: market.token, abi: testUsdAbi } as const;
  const escrow = { address: market.settlement, abi: hearthSettlementAbi } as const;
  const vault = { address: market.stakeVault, abi: stakeVaultAbi } as const;
  const addressOf = (holder: (typeof holders)[number]) =>
    holder === 'escrow'
      ? market.settlement
      : holder === 'vault'
        ? market.stakeVault
        : world.addressOf(holder);
  const entries = await Promise.all<[string, bigint | string]>([
    ...holders.map(async (holder): Promise<[string, bigint]> => {
      const args = [addressOf(holder)] as const;
      return [
        `tokens of ${holder}`,
        await client.readContract({ ...token, functionName: 'balanceOf', args }),
      ];
    }),
    ...accounts.map(async (account): Promise<[string, string]> => {
      const args = [addressOf(account)] as const;
      const record = await client.readContract({ ...escrow, functionName: 'accountOf', args });
      const { freeMicroUsd, claimableMicroUsd, nonce } = record;
      return [`account ${account}`, `free ${freeMicroUsd}, claimable ${claimableMicroUsd}, nonce ${nonce}`];
    }),
    ...accounts.map(async (account): Promise<[string, bigint]> => {
      const args = [addressOf(account)] as const;
      return [
        `reward of ${account}`,
        await client.readContract({ ...vault, functionName: 'rewardOf', args }),
      ];
    }),
    ...orders.map(async (id): Promise<[string, string]> => {
      const args = [messages.hashOfId(id)] as const;
      const record = await client.readContract({ ...escrow, functionName: 'orderOf', args });
      const status = statuses[record.status] ?? 'out of range';
      const { restMicroUsd, reservedMicroUsd, validUntilUnixSec } = record;
      const money = `rest ${restMicroUsd}, reserved ${reservedMicroUsd}, until ${validUntilUnixSec}`;
      return [`order ${id}`, status === 'open' || status === 'closed' ? `${status}, ${money}` : status];
    }),
    ...pairs.map(async ({ order, enclave }): Promise<[string, string]> => {
      const args = [messages.hashOfId(order), enclaveAddress(world, enclave)] as const;
      const record = await client.readContract({ ...escrow, functionName: 'pairOf', args });
      const { paidMicroUsd, cumulativeMicroUsd, sequence, reservedMicroUsd } = record;
      return [
        `pair ${order}/${enclave}`,
        `paid ${paidMicroUsd}, total ${cumulativeMicroUsd}, up to ${sequence}, reserved ${reservedMicroUsd}`,
      ];
    }),
  ]);
  return Object.fromEntries(entries);
}

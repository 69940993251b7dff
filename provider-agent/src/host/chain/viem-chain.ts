import type { Hex } from '@hearth/attestation/receipt';
import { enclaveRegistryAbi, hearthSettlementAbi } from '@hearth/contracts';
import type { PublicClient } from 'viem';
import type { MarketChain } from './market-chain.ts';
import type { ChainFacts } from './rpc.ts';

/** `OrderStatus.Open` of the settlement contract. */
const ORDER_OPEN = 1;
const NOBODY: Hex = `0x${'00'.repeat(20)}`;

export function viemChain(rpc: PublicClient, facts: ChainFacts): MarketChain {
  const settlement = { address: facts.settlement, abi: hearthSettlementAbi } as const;
  const registry = { address: facts.registry, abi: enclaveRegistryAbi } as const;
  return {
    async newestBlock() {
      const { number, hash } = await rpc.getBlock({ blockTag: 'latest' });
      return { blockNumber: number, blockHash: hash };
    },
    async order(orderHash) {
      const order = await rpc.readContract({
        ...settlement,
        functionName: 'orderOf',
        args: [orderHash],
        blockTag: 'safe',
      });
      return {
        isOpen: order.status === ORDER_OPEN,
        sessionKey: lower(order.sessionKey),
        validAfterUnixSec: BigInt(order.validAfterUnixSec),
        validUntilUnixSec: BigInt(order.validUntilUnixSec),
      };
    },
    async paidMicroUsd(orderHash, enclaveKey) {
      const pair = await rpc.readContract({
        ...settlement,
        functionName: 'pairOf',
        args: [orderHash, enclaveKey],
        blockTag: 'safe',
      });
      return pair.paidMicroUsd;
    },
    async assuredMicroUsd(orderHash, enclaveKey) {
      const args = [orderHash, enclaveKey] as const;
      const pair = await rpc.readContract({ ...settlement, functionName: 'pairOf', args });
      return pair.paidMicroUsd + pair.reservedMicroUsd;
    },
    async claimableMicroUsd(provider) {
      const account = await rpc.readContract({
        ...settlement,
        functionName: 'accountOf',
        args: [provider],
        blockTag: 'safe',
      });
      return account.claimableMicroUsd;
    },
    async enclave(enclaveKey) {
      const record = await rpc.readContract({ ...registry, functionName: 'enclaveOf', args: [enclaveKey] });
      if (record.provider === NOBODY) return undefined;
      return { provider: lower(record.provider), expiresAtUnixSec: record.expiresAtUnixSec };
    },
  };
}

/** viem checksums addresses; everything of ours is lower case. */
const lower = (address: string) => address.toLowerCase() as Hex;

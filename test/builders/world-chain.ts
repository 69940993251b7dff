import { feeMicroUsdFloor, type Hex, hashOrder, microUsdFloor } from '@hearth/attestation/receipt';
import { marketDomain } from '@hearth/contracts/typed-data';
import type { Chain } from '@hearth/sdk';
import type { Bundle } from '@hearth/sdk/protocol';
import { encodeAbiParameters, keccak256 } from 'viem';
import { idOf } from './world-keys.ts';

const FEE_BPS = 200;

/** The settlement of the bundle's receipt as the chain of its world would have it. */
export function settlementSeenOf(seed: string, cumulativePicoUsd: bigint): NonNullable<Bundle['settlement']> {
  const paid = microUsdFloor(cumulativePicoUsd);
  const feeMicroUsd = feeMicroUsdFloor(paid, FEE_BPS);
  return {
    txHash: idOf(seed, 'settling transaction'),
    blockNumber: 4_200,
    creditMicroUsd: paid - feeMicroUsd,
    feeMicroUsd,
  };
}

/** Answers every question as an honest chain of that world would; `changes` are a chain that says otherwise. */
export function scriptedChain(bundle: Bundle, platformId: Hex, changes: Partial<Chain> = {}): Chain {
  const { settlement, execution } = bundle.receipt;
  const { enclaveKeys, settlement: seen } = bundle;
  const words = [
    enclaveKeys.nodeKey,
    execution.measurementHash,
    platformId,
    enclaveKeys.firstHpkeKeyId,
    enclaveKeys.configHash,
  ];
  const detailsHash = keccak256(
    encodeAbiParameters(
      words.map(() => ({ type: 'bytes32' })),
      words,
    ),
  );
  // The order that was opened, whatever the receipt says.
  const opened = hashOrder(marketDomain(bundle.domain.chainId, bundle.domain.settlement), bundle.order);
  const isPair = (orderHash: Hex, enclaveKey: Hex) =>
    orderHash === opened && enclaveKey === settlement.enclaveKey;
  const refuse = () => Promise.reject(new Error('a verifier sends no transaction'));
  const nobody: Hex = `0x${'00'.repeat(20)}`;
  return {
    deposit: refuse,
    openOrder: refuse,
    requestClose: refuse,
    closeOrder: refuse,
    withdraw: refuse,
    withdrawOnce: refuse,
    token: refuse,
    tillOf: refuse,
    nowUnixSec: refuse,
    balances: refuse,
    chainId: async () => bundle.domain.chainId,
    order: async (orderHash) => ({
      status: orderHash === opened ? 1 : 0,
      restMicroUsd: 0n,
      buyer: orderHash === opened ? (bundle.order.buyer as Hex) : nobody,
      validUntilUnixSec: Number(bundle.order.validUntilUnixSec),
      feeBps: FEE_BPS,
    }),
    pair: async (orderHash, enclaveKey) =>
      isPair(orderHash, enclaveKey)
        ? {
            paidMicroUsd: microUsdFloor(settlement.cumulativePicoUsd),
            reservedMicroUsd: 0n,
            sequence: settlement.sequence,
          }
        : { paidMicroUsd: 0n, reservedMicroUsd: 0n, sequence: 0n },
    enclave: async (enclaveKey) =>
      enclaveKey === enclaveKeys.enclaveKey
        ? {
            provider: enclaveKeys.provider as Hex,
            tier: enclaveKeys.tier,
            expiresAtUnixSec: 2_000_000_000,
            detailsHash,
          }
        : { provider: nobody, tier: 0, expiresAtUnixSec: 0, detailsHash: `0x${'00'.repeat(32)}` },
    settledIn: async (txHash) =>
      seen && txHash === seen.txHash
        ? [
            {
              orderHash: opened,
              enclaveKey: settlement.enclaveKey as Hex,
              paidMicroUsd: microUsdFloor(settlement.cumulativePicoUsd),
              sequence: settlement.sequence,
              creditMicroUsd: seen.creditMicroUsd,
              feeMicroUsd: seen.feeMicroUsd,
              blockNumber: seen.blockNumber,
            },
          ]
        : [],
    ...changes,
  };
}

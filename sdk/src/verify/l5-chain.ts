import { microUsdFloor } from '@hearth/attestation/receipt';
import { encodeAbiParameters, keccak256 } from 'viem';
import { type ChainFacts, recallChain } from '../client/chain-facts.ts';
import { HearthError, type LevelResult, type TrustFile } from '../protocol/index.ts';
import { absent, expectEqual, fail } from './level.ts';
import type { BundleContext } from './verify-bundle.ts';

/**
 * L5: on the chain that the auditor names, the enclave is registered with these keys and the receipt was paid. A chain that
 * does not answer is replaced by what the auditor wrote down of it, and the reason says so.
 */
export async function verifyChain({
  bundle,
  options,
  evidence,
}: BundleContext): Promise<string | LevelResult> {
  const { trust, chain } = options;
  for (const part of ['chainId', 'settlement', 'registry'] as const) {
    expectEqual(`deployment: ${part}`, trust.chain[part], bundle.domain[part]);
  }
  if (!bundle.settlement) return absent('the bundle has no settlement');
  const { platform } = evidence;
  const silence = chain === undefined ? 'no chain to ask' : await whyNot(chain, bundle, trust, platform);
  const paid = `enclave registered and receipt paid on chain ${trust.chain.chainId}, transaction ${bundle.settlement.txHash}`;
  if (silence === undefined) return paid;
  const recalled = recallChain(trust, bundle);
  if (!recalled) return absent(`${silence}, and the trust file has no observation of this settlement`);
  await assertPaid(recalled, bundle, trust, platform?.platformId);
  return `${paid}, as the trust file observed it (${silence})`;
}

/** Asks the chain. @returns undefined when it confirmed everything, or why it did not answer; a contradiction throws */
async function whyNot(
  chain: ChainFacts,
  bundle: Bundle,
  trust: TrustFile,
  platform: BundleContext['evidence']['platform'],
): Promise<string | undefined> {
  try {
    await assertPaid(chain, bundle, trust, platform?.platformId);
    return undefined;
  } catch (error) {
    if (error instanceof HearthError || (error as Error).name === 'LevelFailure') throw error;
    return `the chain did not answer: ${(error as Error).message.split('\n')[0]}`;
  }
}

async function assertPaid(
  chain: ChainFacts,
  bundle: Bundle,
  trust: TrustFile,
  platformId: `0x${string}` | undefined,
): Promise<void> {
  const { settlement } = bundle.receipt;
  expectEqual('chain id', trust.chain.chainId, await chain.chainId());
  await assertEnclave(chain, bundle, platformId);
  const order = await chain.order(settlement.orderHash);
  expectEqual('order: buyer', bundle.order.buyer, order.buyer.toLowerCase());
  const pair = await chain.pair(settlement.orderHash, settlement.enclaveKey);
  if (pair.sequence < settlement.sequence)
    fail(`settlement: the chain knows receipt ${pair.sequence} of this pair, not ${settlement.sequence}`);
  const earned = microUsdFloor(settlement.cumulativePicoUsd);
  if (pair.paidMicroUsd < earned)
    fail(`settlement: ${pair.paidMicroUsd} µUSD were paid, the receipt earned ${earned}`);
  await assertTransaction(chain, bundle);
}

type Bundle = BundleContext['bundle'];

async function assertEnclave(
  chain: ChainFacts,
  { enclaveKeys, receipt }: Bundle,
  platformId: `0x${string}` | undefined,
): Promise<void> {
  const record = await chain.enclave(enclaveKeys.enclaveKey);
  const provider = record.provider.toLowerCase();
  expectEqual('registry: provider', enclaveKeys.provider, provider);
  expectEqual('settlement: provider', receipt.settlement.provider, provider);
  expectEqual('registry: tier', enclaveKeys.tier, record.tier);
  const { nodeKey, firstHpkeKeyId, configHash } = enclaveKeys;
  const words = [
    nodeKey,
    receipt.execution.measurementHash,
    platformId ?? `0x${'00'.repeat(32)}`,
    firstHpkeKeyId,
    configHash,
  ] as const;
  const details = encodeAbiParameters(
    words.map(() => ({ type: 'bytes32' })),
    words as never,
  );
  expectEqual('registry: details of the enclave', keccak256(details), record.detailsHash);
}

async function assertTransaction(chain: ChainFacts, { settlement: seen, receipt }: Bundle): Promise<void> {
  if (!seen) return;
  const { orderHash, enclaveKey, sequence } = receipt.settlement;
  const events = await chain.settledIn(seen.txHash);
  const ofPair = events.filter((one) => one.orderHash === orderHash && one.enclaveKey === enclaveKey);
  // One batch may settle a pair twice: what counts is the settlement that covers this receipt.
  const event = ofPair.find((one) => one.sequence >= sequence) ?? ofPair[0];
  if (!event) return fail(`settlement: transaction ${seen.txHash} did not settle this pair`);
  expectEqual('settlement: block', seen.blockNumber, event.blockNumber);
  expectEqual('settlement: credit', seen.creditMicroUsd, event.creditMicroUsd);
  expectEqual('settlement: fee', seen.feeMicroUsd, event.feeMicroUsd);
  if (event.sequence < sequence)
    fail(`settlement: the transaction settled receipt ${event.sequence}, before receipt ${sequence}`);
}

import { randomBytes } from 'node:crypto';
import {
  addressOf,
  type Hex,
  hashAuthorization,
  hashEnclaveKeys,
  hashEnrolEnclave,
  hashExecution,
  hashOrder,
  hashReceipt,
  sha256,
  signDigest,
  toHex,
} from '@hearth/attestation/receipt';
import { createSimulatedPlatform } from '@hearth/attestation/simulated';
import {
  bringCollateral,
  type CollateralUpsert,
  type DeployedMarket,
  type EnclaveKeys,
  type Execution,
  hearthSettlementAbi,
  marketDomain,
  type Order,
  registrationFromQuote,
  registryDomain,
  type SettlementClaim,
  simulatedEnclaveRegistryAbi,
  testUsdAbi,
} from '@hearth/contracts';
import { emptyExecution } from '../builders/empty-execution.ts';
import type { Chain } from '../environment/chain.ts';
import { accountOf, clientsOf, privateKeyOf, type Role } from '../market/accounts.ts';
import { intelSizedCollateral } from './intel-sized-collateral.ts';

/** design/quality.md and research/contracts.md, section 4. */
const collateralGoals: Partial<Record<CollateralUpsert['what'], number>> = {
  'TCB info': 900_000,
  'QE identity': 250_000,
  'PCK CRL': 600_000,
};
const ZERO: Hex = `0x${'00'.repeat(32)}`;
const DAY = 86_400n;

/** Sees the hash of a transaction worth measuring, by name and goal. */
export type Meter = (name: string, goal: number | null, hash: Hex) => Promise<void>;
export const ignore: Meter = async () => {};
export type Enclave = { readonly key: Uint8Array; readonly provider: Hex };
export type OpenOrder = { readonly orderHash: Hex; readonly sessionKey: Uint8Array };

export async function registerEnclave(
  chain: Chain,
  market: DeployedMarket,
  index: number,
  meter: Meter,
): Promise<Enclave> {
  const { publicClient, walletClient } = clientsOf(chain, 'operator');
  const wallet = providerWallet(chain, index);
  const key = randomBytes(32);
  const nodeKey = toHex(randomBytes(32));
  const anchor = await publicClient.getBlock();
  const keys: EnclaveKeys = {
    provider: addressOf(wallet),
    nodeKey,
    enclaveKey: addressOf(key),
    firstHpkeKeyId: toHex(randomBytes(32)),
    teeType: 2,
    tier: 0,
    configHash: toHex(randomBytes(32)),
    anchorBlockNumber: anchor.number,
    anchorBlockHash: anchor.hash,
  };
  const domain = registryDomain(chain.chainId, market.registry);
  const register = () => toHex(randomBytes(48));
  const platform = createSimulatedPlatform({
    seed: `gas ${index}`,
    atUnixSec: Number(anchor.timestamp),
    adjust: intelSizedCollateral,
  });
  const quote = platform.quote({
    mrtd: register(),
    rtmrs: [register(), register(), register(), register()],
    mrConfigId: register(),
    mrOwner: register(),
    reportData: `${hashEnclaveKeys(domain, keys)}${ZERO.slice(2)}`,
  });
  const parts = registrationFromQuote(quote);
  const deadlineUnixSec = anchor.timestamp + DAY;
  const consent = signDigest(
    hashEnrolEnclave(domain, { enclaveKey: keys.enclaveKey, nodeKey, deadlineUnixSec }),
    wallet,
  );
  const registry = { address: market.registry, abi: simulatedEnclaveRegistryAbi } as const;
  await bringCollateral({
    publicClient,
    registry: market.registry,
    registration: parts,
    documents: platform.collateral(),
    neededUntilUnixSec: Number(anchor.timestamp + DAY),
    send: async ({ what, to, data }) =>
      await meter(
        `upsert ${what}`,
        collateralGoals[what] ?? null,
        await walletClient.sendTransaction({ to, data }),
      ),
  });
  await meter(
    'register platform',
    180_000,
    await walletClient.writeContract({
      ...registry,
      functionName: 'registerPlatform',
      args: [parts.leafDer, parts.authorityKeyHash],
    }),
  );
  await meter(
    'register enclave',
    120_000,
    await walletClient.writeContract({
      ...registry,
      functionName: 'registerEnclave',
      args: [keys, parts.quote, parts.pckKey, deadlineUnixSec, consent],
    }),
  );
  return { key, provider: keys.provider };
}

/** The first provider is an account that can send the claim itself; the others only sign. */
function providerWallet(chain: Chain, index: number): Uint8Array {
  return index === 0 ? keyBytes(chain, 'home a wallet') : sha256(Buffer.from(`gas bench provider ${index}`));
}

export async function fund(chain: Chain, market: DeployedMarket): Promise<void> {
  const { publicClient, walletClient } = clientsOf(chain, 'buyer');
  const amount = 2_000_000_000n;
  const token = { address: market.token, abi: testUsdAbi } as const;
  const hashes = [
    await walletClient.writeContract({
      ...token,
      functionName: 'mint',
      args: [walletClient.account.address, amount],
    }),
    await walletClient.writeContract({
      ...token,
      functionName: 'approve',
      args: [market.settlement, amount],
    }),
    await walletClient.writeContract({
      address: market.settlement,
      abi: hearthSettlementAbi,
      functionName: 'deposit',
      args: [amount],
    }),
  ];
  for (const hash of hashes) await publicClient.waitForTransactionReceipt({ hash });
}

export async function openOrder(chain: Chain, market: DeployedMarket, meter: Meter): Promise<OpenOrder> {
  const { walletClient, publicClient } = clientsOf(chain, 'buyer');
  const sessionKey = randomBytes(32);
  const { timestamp } = await publicClient.getBlock();
  const order: Order = {
    buyer: accountOf(chain, 'buyer').address,
    sessionKey: addressOf(sessionKey),
    maxSpendMicroUsd: 10_000_000n,
    maxPriceInput: 1n,
    maxPriceCachedInput: 1n,
    maxPriceOutput: 1n,
    maxSpendPerEnclaveMicroUsd: 10_000_000n,
    policyHash: toHex(randomBytes(32)),
    minTier: 0,
    validAfterUnixSec: timestamp - 60n,
    validUntilUnixSec: timestamp + DAY,
    salt: toHex(randomBytes(32)),
  };
  const orderHash = hashOrder(marketDomain(chain.chainId, market.settlement), order);
  const signature = signDigest(orderHash, keyBytes(chain, 'buyer'));
  await meter(
    'open order',
    null,
    await walletClient.writeContract({
      address: market.settlement,
      abi: hearthSettlementAbi,
      functionName: 'openOrder',
      args: [order, signature],
    }),
  );
  return { orderHash, sessionKey };
}

export function receiptItem(
  chain: Chain,
  market: DeployedMarket,
  order: OpenOrder,
  enclave: Enclave,
  sequence: number,
): SettlementClaim {
  const domain = marketDomain(chain.chainId, market.settlement);
  const cumulativePicoUsd = BigInt(sequence) * 3_000_000_000n;
  const enclaveKey = addressOf(enclave.key);
  const settlement = {
    orderHash: order.orderHash,
    enclaveKey,
    provider: enclave.provider,
    sequence: BigInt(sequence),
    cumulativePicoUsd,
    priorReceiptsRoot: toHex(randomBytes(32)),
  };
  const execution: Execution = { ...emptyExecution, jobId: toHex(randomBytes(32)) };
  const authorization = {
    orderHash: order.orderHash,
    enclaveKey,
    cumulativeCapPicoUsd: cumulativePicoUsd,
    jobHeaderHash: toHex(randomBytes(32)),
  };
  return {
    settlement,
    executionHash: hashExecution(execution),
    enclaveSignature: signDigest(hashReceipt(domain, { settlement, execution }), enclave.key),
    cumulativeCapPicoUsd: authorization.cumulativeCapPicoUsd,
    jobHeaderHash: authorization.jobHeaderHash,
    sessionSignature: signDigest(hashAuthorization(domain, authorization), order.sessionKey),
  };
}

function keyBytes(chain: Chain, role: Role): Uint8Array {
  return Uint8Array.from(Buffer.from(privateKeyOf(chain, role).slice(2), 'hex'));
}

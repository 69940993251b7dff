import { hashEnclaveKeys } from '@hearth/attestation/receipt';
import { createSimulatedSnpMachine } from '@hearth/attestation/simulated';
import {
  type DeployedMarket,
  deployMarket,
  type EnclaveKeys,
  registryDomain,
  simulatedEnclaveRegistryAbi,
} from '@hearth/contracts';
import { amdSnpVerifierAbi, snpCollateralAbi, snpHints, vcekHashOf, vcekKeyOf } from '@hearth/contracts/snp';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Address, hexToBytes, keccak256, toHex } from 'viem';
import { products, type SnpChain, type SnpContracts, startSnpChain } from './snp-chain.ts';
import { refusalOf } from './vector-chain.ts';

const at = Date.UTC(2026, 10, 21) / 1000;
const day = 86_400;

let chain: SnpChain;
let market: DeployedMarket;
let contracts: SnpContracts;
let relayer: Address;
const machine = createSimulatedSnpMachine({ product: 'Turin', seed: 'registration', atUnixSec: at });

beforeAll(async () => {
  chain = await startSnpChain({ startsAtUnixSec: at });
  const { publicClient, walletClient } = chain;
  relayer = walletClient.account.address;
  market = await deployMarket({
    publicClient,
    walletClient,
    operatorFeeRecipient: relayer,
    feeBps: 100,
    simulated: true,
  });
  contracts = await chain.contractsOf(market.snpVerifier);
  await chain.registerAsk(contracts, machine.intermediateDer);
  await chain.registerVcek(contracts, machine.leafDer, machine.intermediateDer);
  await chain.upsertCrl(contracts, products.Turin, machine.crl());
});

afterAll(() => chain.chain.stop());

/** An enclave of the relayer itself on the simulated machine: keys, and a report that binds them. */
async function makeRegistration(change: Partial<EnclaveKeys> = {}) {
  // A simulated call stands in the newest block, which has no hash yet.
  const newest = await chain.publicClient.getBlockNumber();
  const anchor = await chain.publicClient.getBlock({ blockNumber: newest - 1n });
  const keys: EnclaveKeys = {
    provider: relayer,
    nodeKey: keccak256(toHex('node')),
    enclaveKey: '0x00000000000000000000000000000000000e7c1a',
    firstHpkeKeyId: keccak256(toHex('hpke')),
    teeType: 3,
    tier: 0,
    configHash: keccak256(toHex('config')),
    anchorBlockNumber: anchor.number,
    anchorBlockHash: anchor.hash,
    ...change,
  };
  const reportData = new Uint8Array(64);
  reportData.set(hexToBytes(hashEnclaveKeys(registryDomain(chain.chain.chainId, market.registry), keys)));
  const report = machine.report({
    measurement: new Uint8Array(48).fill(0x5a),
    hostData: new Uint8Array(32).fill(0x0d),
    reportData,
  });
  const hints = await snpHints(report, vcekKeyOf(machine.leafDer));
  if (hints === undefined) throw new Error('expected hints for a sound report');
  return { keys, report, hints };
}

async function register({ keys, report, hints }: Awaited<ReturnType<typeof makeRegistration>>) {
  const call = {
    address: market.registry,
    abi: [
      ...simulatedEnclaveRegistryAbi,
      ...[...amdSnpVerifierAbi, ...snpCollateralAbi].filter(({ type }) => type === 'error'),
    ] as const,
    functionName: 'registerSnpEnclave',
    args: [keys, toHex(report), toHex(hints), vcekHashOf(machine.leafDer), 0n, '0x'],
    account: chain.walletClient.account,
  } as const;
  try {
    await chain.publicClient.simulateContract(call);
  } catch (error) {
    return refusalOf(error);
  }
  const hash = await chain.walletClient.writeContract(call);
  const { gasUsed } = await chain.publicClient.waitForTransactionReceipt({ hash });
  return gasUsed;
}

const registry = () => ({ address: market.registry, abi: simulatedEnclaveRegistryAbi }) as const;

test('an enclave registers by its report alone: of this machine, for a day, in one affordable transaction', async () => {
  const registration = await makeRegistration();
  const gas = await register(registration);
  expect(Number(gas)).toBeLessThan(1_500_000);
  const { timestamp } = await chain.publicClient.getBlock();
  expect(
    await chain.publicClient.readContract({
      ...registry(),
      functionName: 'enclaveOf',
      args: [registration.keys.enclaveKey],
    }),
  ).toMatchObject({
    provider: relayer,
    tier: 0,
    teeType: 3,
    expiresAtUnixSec: Number(timestamp) + day,
  });
  expect(
    await chain.publicClient.readContract({
      ...registry(),
      functionName: 'platformProviderOf',
      args: [machine.platformId],
    }),
  ).toBe(relayer);
});

test('what the report does not say is refused', async () => {
  const registration = await makeRegistration();
  const { keys } = registration;
  const configHash = keccak256(toHex('another'));
  expect(await register({ ...registration, keys: { ...keys, configHash } })).toBe('ReportDataWrong');
  expect(await register(await makeRegistration({ teeType: 2 }))).toBe('TeeTypeUnsupported');
  expect(await register(await makeRegistration({ tier: 1 }))).toBe('TierNotAccepted');
  expect(await register(await makeRegistration({ anchorBlockHash: keccak256('0x') }))).toBe(
    'AnchorBlockWrong',
  );
  const report = registration.report.slice();
  report[0x90] = (report[0x90] ?? 0) ^ 1;
  expect(await register({ ...registration, report })).toBe('ReportSignatureInvalid');
});

test('with the ASK revoked nothing registers any more; what was registered keeps its record', async () => {
  const later = createSimulatedSnpMachine({ product: 'Turin', seed: 'registration', atUnixSec: at + 1800 });
  await chain.moveTo(at + 1800);
  await chain.upsertCrl(contracts, products.Turin, later.crl('revoked'));
  expect(await register(await makeRegistration())).toBe('AmdCertificateRevoked');
  const [provider] = await chain.publicClient.readContract({
    ...registry(),
    functionName: 'providerAndTierOf',
    args: ['0x00000000000000000000000000000000000e7c1a'],
  });
  expect(provider).toBe(relayer);
});

test('a production registry takes no verifier under the development roots', async () => {
  expect(await chain.refusedByProduction(market.collateral, market.snpVerifier)).toBe(
    'CollateralOfOtherVendor',
  );
  const { snpVerifier, collateral } = await deployMarket({
    publicClient: chain.publicClient,
    walletClient: chain.walletClient,
    operatorFeeRecipient: relayer,
    feeBps: 100,
    simulated: false,
  });
  expect(await chain.refusedByProduction(collateral, market.snpVerifier)).toBe('CollateralOfOtherVendor');
  expect(await chain.refusedByProduction(collateral, snpVerifier)).toBe('');
});

import { randomBytes } from 'node:crypto';
import { verifyTdxEvidence } from '@hearth/attestation';
import {
  addressOf,
  fromHex,
  type Hex,
  hashEnclaveKeys,
  hashEnrolEnclave,
  hashKeyConfig,
  sha256,
  signDigest,
  toHex,
} from '@hearth/attestation/receipt';
import { createSimulatedPlatform, type SimulatedPlatform } from '@hearth/attestation/simulated';
import {
  type EnclaveKeys,
  type KeyConfig,
  registrationFromQuote,
  registryDomain,
  simulatedEnclaveRegistryAbi,
} from '@hearth/contracts';
import { bytesToBase64, type EnclaveStatement, type ModelManifest } from '@hearth/sdk/protocol';
import type { HpkeKey } from '@hearth/sdk/sealed-job';
import { accountOf, clientsOf, privateKeyOf } from '../../market/accounts.ts';
import type { Market } from '../../market/market.ts';
import { supplyCollateral } from '../../market/supply-collateral.ts';

const WALLET = 'home a wallet';
const ENROLMENT_LIFE_SEC = 3_600n;
const ZERO: Hex = `0x${'00'.repeat(32)}`;

export interface RelayEnclave {
  readonly name: string;
  readonly nodeKey: Hex;
  readonly hpkeKey: HpkeKey;
  readonly model: ModelManifest;
}

/**
 * Registers an enclave on the chain and says about it what its home would say: real quote, real signatures, a real HPKE
 * key. Nothing runs in it; the measurement is arbitrary.
 */
export async function registerRelayEnclave(
  market: Market,
  { name, nodeKey, hpkeKey, model }: RelayEnclave,
): Promise<EnclaveStatement> {
  const { chain, contracts } = market;
  const enclavePrivateKey = randomBytes(32);
  const anchor = await clientsOf(chain, WALLET).publicClient.getBlock();
  const enclaveKeys: EnclaveKeys = {
    provider: accountOf(chain, WALLET).address.toLowerCase() as Hex,
    nodeKey,
    enclaveKey: addressOf(enclavePrivateKey),
    firstHpkeKeyId: hpkeKey.keyId,
    teeType: 2,
    tier: 0,
    configHash: toHex(randomBytes(32)),
    anchorBlockNumber: anchor.number,
    anchorBlockHash: anchor.hash,
  };
  const domain = registryDomain(chain.chainId, contracts.registry);
  const platform = createSimulatedPlatform({ seed: name, atUnixSec: Number(anchor.timestamp) });
  const register = toHex(randomBytes(48));
  const quote = platform.quote({
    mrtd: register,
    rtmrs: [register, register, register, register],
    mrConfigId: register,
    mrOwner: register,
    reportData: `${hashEnclaveKeys(domain, enclaveKeys)}${ZERO.slice(2)}`,
  });
  await sendRegistration(market, enclaveKeys, { quote, platform }, anchor.timestamp + ENROLMENT_LIFE_SEC);
  const keyConfig: KeyConfig = {
    keyId: hpkeKey.keyId,
    suite: hpkeKey.suite,
    pkHash: toHex(sha256(hpkeKey.publicKey)),
    sequence: 1n,
    notBeforeUnixSec: anchor.timestamp - 60n,
    notAfterUnixSec: anchor.timestamp + 3_540n,
  };
  const signature = signDigest(hashKeyConfig(domain, keyConfig), enclavePrivateKey);
  return {
    enclaveKeys,
    evidence: {
      teeType: 2,
      quote: bytesToBase64(quote),
      collateral: { ...platform.collateral() },
      gpu: null,
    },
    keyConfigs: [{ keyConfig, signature, publicKey: bytesToBase64(hpkeKey.publicKey) }],
    model,
    ...hashesOf(quote, platform),
    platformId: platform.platformId,
    region: 'DE',
  };
}

async function sendRegistration(
  { chain, contracts }: Market,
  keys: EnclaveKeys,
  { quote, platform }: { readonly quote: Uint8Array; readonly platform: SimulatedPlatform },
  deadlineUnixSec: bigint,
): Promise<void> {
  const { publicClient, walletClient } = clientsOf(chain, WALLET);
  const { enclaveKey, nodeKey } = keys;
  const domain = registryDomain(chain.chainId, contracts.registry);
  const consent = signDigest(
    hashEnrolEnclave(domain, { enclaveKey, nodeKey, deadlineUnixSec }),
    fromHex(privateKeyOf(chain, WALLET)),
  );
  const parts = registrationFromQuote(quote);
  await supplyCollateral({ publicClient, walletClient }, contracts.registry, parts, platform.collateral());
  const registry = { address: contracts.registry, abi: simulatedEnclaveRegistryAbi } as const;
  const platformHash = await walletClient.writeContract({
    ...registry,
    functionName: 'registerPlatform',
    args: [parts.leafDer, parts.authorityKeyHash],
  });
  await publicClient.waitForTransactionReceipt({ hash: platformHash });
  const enclaveHash = await walletClient.writeContract({
    ...registry,
    functionName: 'registerEnclave',
    args: [keys, parts.quote, parts.pckKey, deadlineUnixSec, consent],
  });
  await publicClient.waitForTransactionReceipt({ hash: enclaveHash });
}

function hashesOf(quote: Uint8Array, platform: SimulatedPlatform) {
  const { measurementHash, evidenceHash } = verifyTdxEvidence({
    quote,
    collateral: platform.collateral(),
    atUnixSec: Math.floor(Date.now() / 1000),
    trustAnchors: [platform.trustAnchor],
  });
  if (measurementHash === undefined || evidenceHash === undefined)
    throw new Error('simulated quote: does not parse');
  return { measurementHash, evidenceHash };
}

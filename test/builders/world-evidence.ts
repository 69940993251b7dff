import { evidenceHash, measurementHash, parseTdxQuote } from '@hearth/attestation';
import {
  type Hex,
  hashEnclaveKeys,
  hashKeyConfig,
  sha256,
  signDigest,
  toHex,
} from '@hearth/attestation/receipt';
import {
  createSimulatedPlatform,
  type SimulatedPlatform,
  type SimulatedTd,
} from '@hearth/attestation/simulated';
import { type EnclaveKeys, type KeyConfig, registryDomain } from '@hearth/contracts/typed-data';
import {
  bytesToBase64,
  type Evidence,
  type Release,
  type SignedKeyConfig,
  suites,
  teeTypes,
  tiers,
} from '@hearth/sdk/protocol';
import { deriveHpkeKey } from '@hearth/sdk/sealed-job';
import { bytesOf, type HomeKeys, idOf } from './world-keys.ts';
import { type Contracts, toldBy, type WorldOptions, worldAtMs } from './world-options.ts';

/** The enclave that runs the job: its machine, its quote, its keys. */
export type WorldEnclave = {
  readonly platform: SimulatedPlatform;
  readonly quote: Uint8Array;
  readonly enclaveKeys: EnclaveKeys;
  readonly keyConfig: SignedKeyConfig;
  readonly evidence: Evidence;
  readonly evidenceHash: Hex;
  readonly measurementHash: Hex;
};

const register = (byte: number) => new Uint8Array(48).fill(byte);

export async function bootEnclave(
  options: WorldOptions,
  contracts: Contracts,
  home: HomeKeys,
): Promise<WorldEnclave> {
  const { seed, rootKey, measurement, lies = {} } = options;
  const atUnixSec = worldAtMs / 1000;
  const domain = registryDomain(contracts.chainId, contracts.registry);
  const hpke = await deriveHpkeKey(suites.mlkem768X25519, bytesOf(seed, 'HPKE key'));
  const enclaveKeys: EnclaveKeys = toldBy(lies.enclaveKeys, {
    provider: home.provider.address,
    nodeKey: home.node.publicKey,
    enclaveKey: home.enclave.address,
    firstHpkeKeyId: hpke.keyId,
    teeType: teeTypes.tdx,
    tier: tiers.simulated,
    configHash: idOf(seed, 'configuration'),
    anchorBlockNumber: 4_000n,
    anchorBlockHash: idOf(seed, 'anchor block'),
  });
  const keyConfig: KeyConfig = toldBy(lies.keyConfig, {
    keyId: hpke.keyId,
    suite: hpke.suite,
    pkHash: toHex(sha256(hpke.publicKey)),
    sequence: 1n,
    notBeforeUnixSec: BigInt(atUnixSec - 600),
    notAfterUnixSec: BigInt(atUnixSec + 3000),
  });
  const platform = createSimulatedPlatform({
    seed,
    atUnixSec,
    ...(rootKey ? { rootKey } : {}),
    ...(lies.platform ? { adjust: lies.platform } : {}),
  });
  const td: SimulatedTd = toldBy(lies.td, {
    mrtd: register(0x3d),
    rtmrs: [register(0x70), register(0x71), register(0x72), register(0x73)],
    mrConfigId: register(0),
    mrOwner: register(0),
    ...measurement,
    reportData: `${hashEnclaveKeys(domain, enclaveKeys)}${'00'.repeat(32)}`,
  });
  const quote = platform.quote(td);
  const parsed = parseTdxQuote(quote);
  return {
    platform,
    quote,
    enclaveKeys,
    keyConfig: {
      keyConfig,
      signature: signDigest(hashKeyConfig(domain, keyConfig), home.enclave.privateKey),
      publicKey: bytesToBase64(hpke.publicKey),
    },
    evidence: {
      teeType: teeTypes.tdx,
      quote: bytesToBase64(quote),
      collateral: { ...platform.collateral() },
      gpu: null,
    },
    evidenceHash: evidenceHash(parsed),
    measurementHash: measurementHash(parsed.report),
  };
}

/** The release that an auditor would list for this enclave's code with these models. */
export function releaseOf({ quote, measurementHash }: WorldEnclave, modelDigests: readonly Hex[]): Release {
  const { report } = parseTdxQuote(quote);
  const bare = (register: string) => register.replace(/^0x/, '');
  return {
    schema: 'hearth-release/1',
    releaseId: 'test world 1',
    teeType: teeTypes.tdx,
    mrtd: bare(report.mrtd),
    rtmr0: bare(report.rtmr0),
    rtmr1: bare(report.rtmr1),
    rtmr2: bare(report.rtmr2),
    rtmr3: bare(report.rtmr3),
    mrConfigId: bare(report.mrConfigId),
    mrOwner: bare(report.mrOwner),
    measurementHash,
    modelDigests: [...modelDigests],
  };
}

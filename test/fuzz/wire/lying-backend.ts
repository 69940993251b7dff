import { strictEvidencePolicy, strictTdxPolicy } from '@hearth/attestation';
import { hashKeyConfig, sha256, signDigest, toHex } from '@hearth/attestation/receipt';
import { type KeyConfig, registryDomain } from '@hearth/contracts/typed-data';
import { createClient, verifyEnclave } from '@hearth/sdk';
import {
  bytesToBase64,
  type EnclaveStatement,
  enclaveStatement,
  HearthError,
  type ModelManifest,
  modelDigest,
  type Policy,
  suites,
  type TrustFile,
} from '@hearth/sdk/protocol';
import { deriveHpkeKey, type HpkeKey } from '@hearth/sdk/sealed-job';
import { z } from 'zod';
import { policyFor } from '../../builders/policy.ts';
import { bootEnclave, type WorldEnclave } from '../../builders/world-evidence.ts';
import { bytesOf, type HomeKeys, idOf, worldKeys } from '../../builders/world-keys.ts';
import { defaultContracts, worldAtMs } from '../../builders/world-options.ts';
import type { Random } from '../random.ts';

/** What the SDK decides on before it seals: the statement that came with a lease, and the buyer's own policy. */
type Offer = { readonly statement: EnclaveStatement; readonly policy: Policy };
type Lie = (honest: Offer, random: Random, world: Homes) => Offer;

/** Two honest homes of one release, and what it takes to sign for the first. */
type Homes = {
  readonly second: EnclaveStatement;
  readonly keys: readonly [HomeKeys, HomeKeys];
  readonly downgraded: HpkeKey;
  readonly fresh: HpkeKey;
};

const SEED = 'lying backend';
const nowUnixSec = BigInt(worldAtMs / 1000);
const domain = registryDomain(defaultContracts.chainId, defaultContracts.registry);
const manifest: ModelManifest = {
  v: 1,
  name: 'ember',
  files: [{ name: 'ember.gguf', sha256: idOf(SEED, 'weights'), bytes: 2_000_000 }],
  tokenizer: 'gguf',
  chatTemplateSha256: idOf(SEED, 'template'),
  quantisation: 'Q8_0',
  engine: { name: 'node-llama-cpp', version: '3.22.1' },
};

/** A key as the enclave would offer it, signed by whom you like. */
function offered({ keyId, suite, publicKey }: HpkeKey, by: HomeKeys, changes: Partial<KeyConfig> = {}) {
  const keyConfig: KeyConfig = {
    keyId,
    suite,
    pkHash: toHex(sha256(publicKey)),
    sequence: 9n,
    notBeforeUnixSec: nowUnixSec - 60n,
    notAfterUnixSec: nowUnixSec + 3_000n,
    ...changes,
  };
  const signature = signDigest(hashKeyConfig(domain, keyConfig), by.enclave.privateKey);
  return { keyConfig, signature, publicKey: bytesToBase64(publicKey) };
}

const withKeys = (offer: Offer, ...keyConfigs: ReturnType<typeof offered>[]): Offer => ({
  ...offer,
  statement: { ...offer.statement, keyConfigs: keyConfigs as EnclaveStatement['keyConfigs'] },
});
const wanting = (offer: Offer, changes: Partial<Policy>): Offer => ({
  ...offer,
  policy: { ...offer.policy, ...changes },
});
const withEvidence = (offer: Offer, changes: Partial<Policy['evidence']>) =>
  wanting(offer, { evidence: { ...offer.policy.evidence, ...changes } });

export const lies: Readonly<Record<string, Lie>> = {
  /** One value anywhere outside the evidence, which `fuzz -- evidence` bends. */
  statement: (offer, random) => ({ ...offer, statement: bent(offer.statement, random) }),
  /** A part of another home's, as good as the first one's. */
  mixture: (offer, random, { second }) => {
    const part = random.pick(['enclaveKeys', 'evidence', 'keyConfigs', 'evidenceHash'] as const);
    return { ...offer, statement: { ...offer.statement, [part]: second[part] } };
  },
  downgrade: (offer, _random, { downgraded, keys }) => withKeys(offer, offered(downgraded, keys[0])),
  rotatedOut: (offer, random, { fresh, keys }) =>
    withKeys(offer, offered(fresh, keys[0], { notAfterUnixSec: nowUnixSec - BigInt(random.below(3_000)) })),
  notYet: (offer, random, { fresh, keys }) =>
    withKeys(
      offer,
      offered(fresh, keys[0], { notBeforeUnixSec: nowUnixSec + 1n + BigInt(random.below(3_000)) }),
    ),
  keyOfAnother: (offer, _random, { fresh, keys }) => withKeys(offer, offered(fresh, keys[1])),
  keyUnderAnotherName: (offer, random, { fresh, keys }) =>
    withKeys(offer, offered(fresh, keys[0], { keyId: toHex(random.bytes(32)) })),
  noKey: (offer) => withKeys(offer),
  tier: (offer, random) => wanting(offer, { tier: { atLeast: 1 + random.below(2) } }),
  model: (offer, random) => wanting(offer, { models: { anyOf: [toHex(random.bytes(32))] } }),
  region: (offer, random) =>
    wanting(offer, { regions: { anyOf: random.pick([['FR'], ['DE-BE'], ['US', 'CH'], []]) } }),
  provider: (offer, _random, { keys }) =>
    wanting(offer, { providers: { noneOf: [keys[0].provider.address] } }),
  keyExchange: (offer) => wanting(offer, { keyExchange: { anyOf: ['x25519'] } }),
  simulated: (offer) => withEvidence(offer, { allowSimulated: false }),
  measurement: (offer, random) =>
    withEvidence(offer, strictEvidencePolicy({ tdx: strictTdxPolicy([toHex(random.bytes(32))]) })),
};

/** @returns judges one lie about one machine by the SDK's own check, which comes before every seal */
export async function createLyingBackend(): Promise<
  (name: string, random: Random) => 'refused' | 'unchanged' | { readonly problem: string }
> {
  const [first, other] = worldKeys(SEED, SEED, 2).homes as [HomeKeys, HomeKeys];
  const booted = await bootEnclave({ seed: SEED }, defaultContracts, first);
  const second = statementOf(await bootEnclave({ seed: `${SEED} 2` }, defaultContracts, other));
  const world: Homes = {
    second,
    keys: [first, other],
    downgraded: await deriveHpkeKey(suites.x25519, bytesOf(SEED, 'classical key')),
    fresh: await deriveHpkeKey(suites.mlkem768X25519, bytesOf(SEED, 'fresh key')),
  };
  const policy = policyFor([booted.measurementHash], { regions: { anyOf: ['DE-BY'] } });
  const trust: TrustFile = {
    schema: 'hearth-trust/1',
    chain: { ...defaultContracts, rpcUrl: null },
    logKeys: [],
    vendorRootSha256: [booted.platform.trustAnchor.certificateSha256],
    releases: [],
  };
  const honest: Offer = { statement: statementOf(booted), policy };
  const seal = ({ statement, policy }: Offer) =>
    verifyEnclave(
      createClient({
        gatewayUrl: 'http://127.0.0.1:9',
        trust,
        policy,
        stateDir: '/nowhere',
        now: () => worldAtMs,
      }),
      statement,
      { modelDigest: modelDigest(manifest) },
    );
  seal(honest); // else every lie would be refused for nothing
  return (name, random) => {
    const lie = lies[name]?.(honest, random, world);
    if (!lie || textOf(lie) === textOf(honest)) return 'unchanged';
    try {
      seal(lie);
      return { problem: 'a prompt would have been sealed to it' };
    } catch (error) {
      if (error instanceof HearthError) return 'refused';
      throw error;
    }
  };
}

function statementOf(booted: WorldEnclave): EnclaveStatement {
  return {
    enclaveKeys: booted.enclaveKeys as EnclaveStatement['enclaveKeys'],
    evidence: booted.evidence,
    keyConfigs: [booted.keyConfig],
    model: manifest,
    platformId: booted.platform.platformId,
    measurementHash: booted.measurementHash,
    evidenceHash: booted.evidenceHash,
    region: 'DE-BY',
  };
}

const textOf = ({ statement, policy }: Offer): string =>
  JSON.stringify([statement, policy], (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );

type Json = { [name: string]: Json | string | number };

/** Changed in its JSON, so that only a meaning can be wrong with it; a form that the schema refuses is tried again. */
function bent(statement: EnclaveStatement, random: Random): EnclaveStatement {
  const encoded = JSON.stringify(z.encode(enclaveStatement, statement));
  for (;;) {
    const json = JSON.parse(encoded) as Json;
    const name = random.pick(Object.keys(json).filter((key) => key !== 'evidence'));
    const leaves = leavesOf(json, name);
    const [at, key] = random.pick(leaves);
    at[key] = changed(at[key] as string | number, random);
    const parsed = enclaveStatement.safeParse(json);
    if (parsed.success) return parsed.data;
  }
}

function leavesOf(at: Json, key: string): [Json, string][] {
  const value = at[key];
  if (typeof value !== 'object' || value === null) return [[at, key]];
  return Object.keys(value).flatMap((name) => leavesOf(value, name));
}

function changed(value: string | number, random: Random): string | number {
  if (typeof value === 'number') return value + random.pick([-1, 1, 2]);
  if (/^[0-9]+$/.test(value)) return String(BigInt(value) + BigInt(random.pick([1, 1_000, 1_000_000])));
  const at = (value.startsWith('0x') ? 2 : 0) + random.below(value.length - (value.startsWith('0x') ? 2 : 0));
  const digit = random.pick([...'0123456789abcdefABCDEF']);
  return `${value.slice(0, at)}${digit}${value.slice(at + 1)}`;
}

import { strictTdxPolicy, type TdxPolicy } from '@hearth/attestation';
import { type Hex, hashKeyConfig, sha256, signDigest, toHex } from '@hearth/attestation/receipt';
import { type KeyConfig, registryDomain } from '@hearth/contracts/typed-data';
import { type ClientOptions, chat } from '@hearth/sdk';
import {
  bytesToBase64,
  type Ed25519Key,
  type EnclaveStatement,
  hold,
  type LeaseGrant,
  lease,
  signMessage,
} from '@hearth/sdk/protocol';
import { deriveHpkeKey } from '@hearth/sdk/sealed-job';
import { afterEach, expect, test } from '@jest/globals';
import { defaultContracts, type WorldOptions, worldAtMs } from '../builders/world-options.ts';
import { ask, type BuyerWorld, openBuyerWorld } from './buyer-world.ts';

let world: BuyerWorld | undefined;
afterEach(() => world?.stop());

type Case = {
  readonly evidence?: Partial<WorldOptions>;
  readonly statement?: (
    truth: EnclaveStatement,
    world: BuyerWorld,
  ) => EnclaveStatement | Promise<EnclaveStatement>;
  readonly client?: (world: BuyerWorld) => Partial<ClientOptions>;
  readonly refused: { code: string; clause: string };
};
const zero: Hex = `0x${'00'.repeat(32)}`;
const elsewhere = (code: string, clause: string) => ({ code, clause });
const rejected = (clause: string) => elsewhere('evidence_rejected', clause);
const unwanted = (clause: string) => elsewhere('policy_unsatisfied', clause);

const signedConfig = (
  of: BuyerWorld,
  changes: Partial<KeyConfig>,
  signer = of.enclave.home.enclave.privateKey,
) => {
  const [known] = of.gateway.statement.keyConfigs;
  if (!known) throw new Error('the statement has a key');
  const keyConfig = { ...known.keyConfig, ...changes };
  const domain = registryDomain(defaultContracts.chainId, defaultContracts.registry);
  return { ...known, keyConfig, signature: signDigest(hashKeyConfig(domain, keyConfig), signer) };
};
const withPolicy = (world: BuyerWorld, changes: Partial<BuyerWorld['policy']>) => ({
  policy: { ...world.policy, ...changes },
});
/** Development evidence under another section for TDX. */
const withTdxPolicy = (world: BuyerWorld, tdx: TdxPolicy) =>
  withPolicy(world, { evidence: { ...world.policy.evidence, tdx } });
const nowUnixSec = BigInt(worldAtMs / 1000);

const cases: Record<string, Case> = {
  'a quote under another vendor root': {
    evidence: { rootKey: new Uint8Array(32).fill(3) },
    client: ({ trust }) => ({
      trust: { ...trust, vendorRootSha256: [zero] },
    }),
    refused: rejected('pck.root'),
  },
  'simulated evidence where the policy wants none': {
    client: (world) => withPolicy(world, { evidence: { ...world.policy.evidence, allowSimulated: false } }),
    refused: unwanted('evidence.allowSimulated'),
  },
  'a platform whose certificate was revoked': {
    statement: (truth, { enclave }) => ({
      ...truth,
      evidence: { ...truth.evidence, collateral: { ...enclave.booted.platform.collateral('revoked') } },
    }),
    refused: rejected('pck.revocation'),
  },
  'collateral that has expired': {
    statement: (truth, { enclave }) => ({
      ...truth,
      evidence: { ...truth.evidence, collateral: { ...enclave.booted.platform.collateral('expired') } },
    }),
    refused: rejected('root-crl.validity'),
  },
  'a measurement that is not listed': {
    client: (world) => withTdxPolicy(world, strictTdxPolicy([zero])),
    refused: unwanted('evidence.measurementHash'),
  },
  'no measurement listed at all': {
    client: (world) => withTdxPolicy(world, strictTdxPolicy([])),
    refused: unwanted('evidence.measurementHash'),
  },
  'keys that the quote does not bind': {
    evidence: { lies: { td: (td) => ({ ...td, reportData: new Uint8Array(64) }) } },
    refused: rejected('policy.reportDataKeys'),
  },
  'a stated measurement that is not that of the quote': {
    statement: (truth) => ({ ...truth, measurementHash: zero }),
    refused: rejected('measurementHash'),
  },
  'a stated evidence hash that is not that of the quote': {
    statement: (truth) => ({ ...truth, evidenceHash: zero }),
    refused: rejected('evidenceHash'),
  },
  'a stated platform that is not that of the quote': {
    statement: (truth) => ({ ...truth, platformId: zero }),
    refused: rejected('platformId'),
  },
  'another kind of TEE': {
    statement: (truth) => ({ ...truth, evidence: { ...truth.evidence, teeType: 3 } }),
    refused: rejected('TEE type 3'),
  },
  'a tier above simulated on simulated evidence': {
    evidence: { lies: { enclaveKeys: (keys) => ({ ...keys, tier: 1 }) } },
    refused: rejected('tier'),
  },
  'an HPKE key that the enclave did not sign': {
    statement: (truth, world) => ({
      ...truth,
      keyConfigs: [signedConfig(world, {}, new Uint8Array(32).fill(4))],
    }),
    refused: elsewhere('key_config_mismatch', 'HPKE key'),
  },
  'an HPKE key that has expired': {
    statement: (truth, world) => ({
      ...truth,
      keyConfigs: [signedConfig(world, { notAfterUnixSec: nowUnixSec - 1n })],
    }),
    refused: elsewhere('key_config_mismatch', 'HPKE key'),
  },
  'an HPKE key that is not in force yet': {
    statement: (truth, world) => ({
      ...truth,
      keyConfigs: [signedConfig(world, { notBeforeUnixSec: nowUnixSec + 10n })],
    }),
    refused: elsewhere('key_config_mismatch', 'HPKE key'),
  },
  'an HPKE key of the classical suite only': {
    statement: async (truth, world) => {
      const { publicKey, keyId } = await deriveHpkeKey(1, new Uint8Array(32).fill(7));
      const config = signedConfig(world, { suite: 1, keyId, pkHash: toHex(sha256(publicKey)) });
      return { ...truth, keyConfigs: [{ ...config, publicKey: bytesToBase64(publicKey) }] };
    },
    refused: unwanted('keyExchange'),
  },
  'another model than the one asked for': {
    statement: (truth) => ({ ...truth, model: { ...truth.model, quantisation: 'Q2_K' } }),
    refused: rejected('model'),
  },
  'a model that the policy does not list': {
    client: (world) => withPolicy(world, { models: { anyOf: [zero] } }),
    refused: unwanted('models'),
  },
  'a home outside the regions': {
    client: (world) => withPolicy(world, { regions: { anyOf: ['FR'] } }),
    refused: unwanted('regions'),
  },
  'no region allowed at all': {
    client: (world) => withPolicy(world, { regions: { anyOf: [] } }),
    refused: unwanted('regions'),
  },
  'a home in a region that the policy shuns': {
    client: (world) => withPolicy(world, { regions: { noneOf: ['DE'] } }),
    refused: unwanted('regions'),
  },
  'a seller that the policy shuns': {
    client: (world) => {
      const provider = world.gateway.statement.enclaveKeys.provider as Hex;
      return withPolicy(world, { providers: { noneOf: [provider] } });
    },
    refused: unwanted('providers'),
  },
  'a seller that the policy does not list': {
    client: (world) => withPolicy(world, { providers: { anyOf: [`0x${'33'.repeat(20)}`] } }),
    refused: unwanted('providers'),
  },
  'prices above the policy': {
    client: (world) =>
      withPolicy(world, { prices: { ...world.policy.prices, outputMicroUsdPerMTok: { atMost: 1n } } }),
    refused: unwanted('prices.output'),
  },
  'a job that may cost more than the policy allows for one': {
    client: (world) => withPolicy(world, { jobMicroUsd: { atMost: 1n } }),
    refused: unwanted('jobMicroUsd'),
  },
  'a tier below the policy': {
    client: (world) => withPolicy(world, { tier: { atLeast: 1 } }),
    refused: unwanted('tier'),
  },
};

test.each(Object.entries(cases))(
  'nothing is sealed for %s',
  async (_name, { evidence, statement, client, refused }) => {
    world = await openBuyerWorld(evidence ? { evidence } : {});
    const { gateway } = world;
    if (statement) gateway.statement = await statement(gateway.statement, world);
    const session = world.session(world.client(client?.(world)));
    const failure = await chat(session, ask()).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: refused.code });
    const { message, details } = failure as {
      message: string;
      details?: { check?: string; clause?: string };
    };
    expect(`${message} ${details?.check} ${details?.clause}`).toContain(refused.clause);
    expect(gateway.count('/v1/jobs')).toBe(0);
    expect(world.onDisk().pairs).toEqual({});
    expect(gateway.seen.map(({ body }) => body.toString()).join('')).not.toContain('lease?');
  },
);

test('a lease that the policy refuses goes back to whoever granted it', async () => {
  world = await openBuyerWorld();
  const session = world.session(world.client(withPolicy(world, { tier: { atLeast: 1 } })));
  await expect(chat(session, ask())).rejects.toMatchObject({ code: 'policy_unsatisfied' });
  const { release } = await world.gateway.released.take();
  expect(release.orderHash).toBe(world.orderHash);
  expect(session.leases.size).toBe(0);
});

type Grant = LeaseGrant;
const grants: Record<
  string,
  { term: string; terms?: object; grant?: (truth: Grant, world: BuyerWorld) => Grant }
> = {
  'another request': { term: 'request', terms: { requestId: zero } },
  'another order': { term: 'request', terms: { orderHash: zero } },
  'another session key': { term: 'session key', terms: { sessionKey: `0x${'11'.repeat(20)}` } },
  'a chosen lease id': { term: 'lease id', terms: { leaseId: zero } },
  'another model': { term: 'model', terms: { modelDigest: zero } },
  'another pool': { term: 'pool', terms: { poolId: zero } },
  'an end in the past': { term: 'expiry', terms: { leaseExpiresAtMs: worldAtMs - 1 } },
  'a smaller hold than asked for': { term: 'size of the hold', terms: { holdPicoUsd: 1n } },
  'a dearer input price': { term: 'input price', terms: { priceInput: 18_000_001n } },
  'a dearer cached input price': { term: 'cached input price', terms: { priceCachedInput: 4_500_001n } },
  'a dearer output price': { term: 'output price', terms: { priceOutput: 180_000_001n } },
  'a multiplier that the prices do not follow': { term: 'input price', terms: { multiplierPpm: 1_000_000 } },
  'prices above the limits': {
    term: 'price limits',
    terms: {
      multiplierPpm: 3_000_000,
      priceInput: 60_000_000n,
      priceCachedInput: 15_000_000n,
      priceOutput: 600_000_000n,
    },
  },
  'another enclave': { term: 'enclave', terms: { enclaveKey: `0x${'22'.repeat(20)}` } },
  'another provider': { term: 'enclave', terms: { provider: `0x${'22'.repeat(20)}` } },
  'a lease that the log key did not sign': {
    term: 'signature of the lease',
    grant: (truth, { keys }) => ({
      ...truth,
      lease: signMessage(lease, truth.lease.body, keys.homes[0]?.node as Ed25519Key),
    }),
  },
  'a hold that the log key did not sign': {
    term: 'signature of the hold',
    grant: (truth, { keys }) => ({
      ...truth,
      hold: signMessage(hold, truth.hold.body, keys.homes[0]?.node as Ed25519Key),
    }),
  },
  'an accept without the signature of the node': {
    term: 'signature of the accept',
    grant: (truth) => ({ ...truth, accept: { ...truth.accept, signature: truth.lease.signature } }),
  },
  'a lease on other terms than the node accepted': {
    term: 'terms that the node accepted',
    grant: (truth, { keys }) => ({
      ...truth,
      lease: signMessage(lease, { ...truth.lease.body, leaseExpiresAtMs: worldAtMs + 1000 }, keys.log),
    }),
  },
  'the hold of another order': {
    term: 'hold',
    grant: (truth, { keys }) => ({
      ...truth,
      hold: signMessage(hold, { ...truth.hold.body, orderHash: zero }, keys.log),
    }),
  },
  'the hold of another enclave': {
    term: 'hold',
    grant: (truth, { keys }) => ({
      ...truth,
      hold: signMessage(hold, { ...truth.hold.body, enclaveKey: `0x${'22'.repeat(20)}` }, keys.log),
    }),
  },
  'another price card': {
    term: 'price card',
    grant: (truth) => ({ ...truth, clearing: { ...truth.clearing, priceCardHash: zero } }),
  },
  'the clearing of another request': {
    term: 'clearing',
    grant: (truth) => ({ ...truth, clearing: { ...truth.clearing, requestId: zero } }),
  },
  'a clearing that logs another price': {
    term: 'clearing',
    grant: (truth) => ({
      ...truth,
      clearing: { ...truth.clearing, winner: { ...truth.clearing.winner, priceOutput: 1n } },
    }),
  },
};

test.each(Object.entries(grants))(
  'a grant with %s is refused by name',
  async (_name, { term, terms, grant }) => {
    const own = await openBuyerWorld();
    world = own;
    if (terms) own.gateway.bendTerms = (truth) => ({ ...truth, ...terms });
    if (grant) own.gateway.bendGrant = (truth) => grant(truth, own);
    await expect(chat(own.session(), ask())).rejects.toMatchObject({
      code: 'peer_protocol_violation',
      message: expect.stringContaining(`its ${term} is not what was asked for`),
    });
    expect(own.gateway.count('/v1/jobs')).toBe(0);
  },
);

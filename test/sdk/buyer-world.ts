import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Hex, hashOrder, signDigest, toHex } from '@hearth/attestation/receipt';
import { marketDomain, type Order } from '@hearth/contracts/typed-data';
import type { Client, ClientOptions, Session } from '@hearth/sdk';
import { createClient, ensureApiKey } from '@hearth/sdk';
import {
  type ModelManifest,
  type Policy,
  policyHash,
  type ServiceRules,
  suites,
  type TrustFile,
} from '@hearth/sdk/protocol';
import { deriveHpkeKey } from '@hearth/sdk/sealed-job';
import { privateKeyToAccount } from 'viem/accounts';
import type { OrderRecord } from '../../sdk/src/client/order-record.ts';
import { createOrderFile, readOrderRecord } from '../../sdk/src/client/order-store.ts';
import { createSession } from '../../sdk/src/client/session.ts';
import { policyFor } from '../builders/policy.ts';
import { bootEnclave } from '../builders/world-evidence.ts';
import { bytesOf, type HomeKeys, idOf, type WorldKeys, worldKeys } from '../builders/world-keys.ts';
import { defaultContracts, type WorldOptions, worldAtMs } from '../builders/world-options.ts';
import { ScriptedEnclave } from './scripted-enclave.ts';
import { ScriptedGateway } from './scripted-gateway.ts';

export const MODEL = 'ember-2m-q8_0';
export const ask = (content = 'What is a lease?') => ({
  model: MODEL,
  messages: [{ role: 'user', content }],
  max_tokens: 16,
});

const manifest: ModelManifest = {
  v: 1,
  name: MODEL,
  files: [{ name: 'ember.gguf', sha256: idOf('scripted', 'weights'), bytes: 2_000_000 }],
  tokenizer: 'gguf',
  chatTemplateSha256: idOf('scripted', 'template'),
  quantisation: 'Q8_0',
  engine: { name: 'node-llama-cpp', version: '3.22.1' },
};

/** One buyer with an order, and a scripted gateway with one home behind it. Nothing else is simulated but the TEE. */
export type BuyerWorld = {
  readonly keys: WorldKeys;
  readonly gateway: ScriptedGateway;
  readonly enclave: ScriptedEnclave;
  readonly trust: TrustFile;
  readonly policy: Policy;
  readonly stateDir: string;
  readonly order: Order;
  readonly orderHash: Hex;
  /** A client; its clock stands still at the world's moment unless told otherwise. */
  client(changes?: Partial<ClientOptions>): Client;
  session(client?: Client): Session;
  /** The order's file as it is on disk at this moment. */
  onDisk(): { pairs: Record<Hex, OrderRecord['pairs'][Hex]> };
  stop(): Promise<void>;
};

export async function openBuyerWorld(
  options: {
    evidence?: Partial<WorldOptions>;
    order?: Partial<Order>;
    service?: ServiceRules;
    /** Beside the first one. */
    hasSecondHome?: boolean;
  } = {},
): Promise<BuyerWorld> {
  const seed = 'buyer world';
  const keys = worldKeys(seed, seed, 2);
  const domain = marketDomain(defaultContracts.chainId, defaultContracts.settlement);
  const startEnclave = async (home: HomeKeys) => {
    const booted = await bootEnclave({ seed, ...options.evidence }, defaultContracts, home);
    const hpke = await deriveHpkeKey(suites.mlkem768X25519, bytesOf(seed, 'HPKE key'));
    return new ScriptedEnclave(domain, home, booted, hpke);
  };
  const [firstHome, secondHome] = keys.homes as [HomeKeys, HomeKeys];
  const enclave = await startEnclave(firstHome);
  const { booted } = enclave;
  const gateway = await ScriptedGateway.start(keys, enclave, manifest);
  if (options.hasSecondHome) gateway.second = await startEnclave(secondHome);
  const stateDir = mkdtempSync(join(tmpdir(), 'hearth-buyer-'));
  const policy = policyFor([booted.measurementHash], {
    regions: { anyOf: ['DE'] },
    ...(options.service && { service: options.service }),
  });
  const trust: TrustFile = {
    schema: 'hearth-trust/1',
    chain: { ...defaultContracts, rpcUrl: null },
    logKeys: [{ name: 'scripted', publicKey: keys.log.publicKey }],
    vendorRootSha256: [booted.platform.trustAnchor.certificateSha256],
    releases: [],
  };
  const order: Order = {
    buyer: keys.buyer.address,
    sessionKey: keys.session.address,
    maxSpendMicroUsd: 5_000_000n,
    maxPriceInput: policy.prices.inputMicroUsdPerMTok.atMost,
    maxPriceCachedInput: policy.prices.cachedInputMicroUsdPerMTok.atMost,
    maxPriceOutput: policy.prices.outputMicroUsdPerMTok.atMost,
    maxSpendPerEnclaveMicroUsd: 5_000_000n,
    policyHash: policyHash(policy),
    minTier: 0,
    validAfterUnixSec: BigInt(worldAtMs / 1000 - 3600),
    validUntilUnixSec: BigInt(worldAtMs / 1000 + 86_400),
    salt: idOf(seed, 'order salt'),
    ...options.order,
  };
  const orderHash = hashOrder(domain, order);
  const client = (changes: Partial<ClientOptions> = {}) =>
    createClient({
      gatewayUrl: gateway.url,
      trust,
      policy,
      stateDir,
      account: privateKeyToAccount(toHex(keys.buyer.privateKey)),
      now: () => worldAtMs,
      ...changes,
    });
  await ensureApiKey(client());
  const record: OrderRecord = {
    schema: 'hearth-order/1',
    orderHash,
    order: order as OrderRecord['order'],
    orderSignature: signDigest(orderHash, keys.buyer.privateKey),
    sessionPrivateKey: toHex(keys.session.privateKey),
    policy,
    pairs: {},
  };
  return {
    keys,
    gateway,
    enclave,
    trust,
    policy,
    stateDir,
    order,
    orderHash,
    client,
    session: (own = client()) => createSession(own, createOrderFile(own, record)),
    onDisk: () => readOrderRecord(client(), orderHash),
    stop: async () => {
      await gateway.stop();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

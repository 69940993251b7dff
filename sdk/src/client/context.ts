import { type Eip712Domain, marketDomain, registryDomain } from '@hearth/contracts/typed-data';
import type { LocalAccount } from 'viem';
import type { Policy, TrustFile } from '../protocol/index.ts';
import { Secrets } from '../store/secrets.ts';
import { keptApiKey } from './api-key.ts';
import { type Chain, connectChain } from './chain.ts';
import { connectGateway, type Gateway } from './gateway.ts';
import { joinGateways } from './gateway-list.ts';
import { NodeBookKeeper } from './node-book.ts';
import { sealState } from './stored-secrets.ts';

export type ClientOptions = {
  /** Gateways of one market, the preferred one first: the next one is asked while one does not answer. */
  readonly gatewayUrl: string | readonly [string, ...string[]];
  /** Anchors: contracts, log keys, vendor roots, releases. Never taken from the gateway. */
  readonly trust: TrustFile;
  /** Demands on every machine that may see a prompt. */
  readonly policy: Policy;
  /** Where orders (with their session keys) and API keys are kept, mode 0600. */
  readonly stateDir: string;
  /** Encrypts these secrets at rest, also those that lie there in clear; 12 characters or more. */
  readonly passphrase?: string;
  /** Signs orders and transactions; without it only existing orders can be used. */
  readonly account?: LocalAccount;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
};

/** What every client action needs, in one value. */
export type Client = {
  /** Those of the options as one; its `url` is the one in use. */
  readonly gateway: Gateway;
  readonly gatewayUrls: readonly string[];
  readonly nodeBook: NodeBookKeeper;
  readonly chain: Chain;
  readonly trust: TrustFile;
  readonly policy: Policy;
  readonly stateDir: string;
  readonly secrets: Secrets;
  readonly account: LocalAccount | undefined;
  readonly domain: Eip712Domain;
  readonly registryDomain: Eip712Domain;
  readonly now: () => number;
};

export function createClient(options: ClientOptions): Client {
  const { gatewayUrl, trust, stateDir, account, now = Date.now } = options;
  const secrets = new Secrets(stateDir, options.passphrase);
  sealState({ stateDir, secrets });
  const [first, ...more] = typeof gatewayUrl === 'string' ? ([gatewayUrl] as const) : gatewayUrl;
  const connect = (url: string) =>
    connectGateway(url, keptApiKey({ gatewayUrl: url, stateDir, secrets, trust, account, now }));
  const gateways = [connect(first), ...more.map(connect)] as const;
  const { chainId, settlement, registry } = trust.chain;
  return {
    gateway: joinGateways(gateways),
    gatewayUrls: gateways.map(({ url }) => url),
    nodeBook: new NodeBookKeeper({ stateDir, trust, now }),
    chain: connectChain(trust, account),
    trust,
    policy: options.policy,
    stateDir,
    secrets,
    account,
    domain: marketDomain(chainId, settlement),
    registryDomain: registryDomain(chainId, registry),
    now,
  };
}

import { type Eip712Domain, marketDomain, registryDomain } from '@hearth/contracts/typed-data';
import type { LocalAccount } from 'viem';
import type { Policy, TrustFile } from '../protocol/index.ts';
import { keptApiKey } from './api-key.ts';
import { type Chain, connectChain } from './chain.ts';
import { connectGateway, type Gateway } from './gateway.ts';
import { NodeBookKeeper } from './node-book.ts';

export type ClientOptions = {
  readonly gatewayUrl: string;
  /** Anchors: contracts, log keys, vendor roots, releases. Never taken from the gateway. */
  readonly trust: TrustFile;
  /** Demands on every machine that may see a prompt. */
  readonly policy: Policy;
  /** Where orders (with their session keys) and API keys are kept, mode 0600. */
  readonly stateDir: string;
  /** Signs orders and transactions; without it only existing orders can be used. */
  readonly account?: LocalAccount;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
};

/** What every client action needs, in one value. */
export type Client = {
  readonly gateway: Gateway;
  readonly nodeBook: NodeBookKeeper;
  readonly chain: Chain;
  readonly trust: TrustFile;
  readonly policy: Policy;
  readonly stateDir: string;
  readonly account: LocalAccount | undefined;
  readonly domain: Eip712Domain;
  readonly registryDomain: Eip712Domain;
  readonly now: () => number;
};

export function createClient(options: ClientOptions): Client {
  const { gatewayUrl, trust, stateDir, account, now = Date.now } = options;
  const { chainId, settlement, registry } = trust.chain;
  return {
    gateway: connectGateway(gatewayUrl, keptApiKey({ gatewayUrl, stateDir, trust, account, now })),
    nodeBook: new NodeBookKeeper({ stateDir, trust, now }),
    chain: connectChain(trust, account),
    trust,
    policy: options.policy,
    stateDir,
    account,
    domain: marketDomain(chainId, settlement),
    registryDomain: registryDomain(chainId, registry),
    now,
  };
}

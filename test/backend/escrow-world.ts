import {
  addressOf,
  fromHex,
  type Hex,
  hashAuthorization,
  hashEnclaveKeys,
  hashEnrolEnclave,
  hashOrder,
  signDigest,
} from '@hearth/attestation';
import { createSimulatedPlatform, type SimulatedPlatform } from '@hearth/attestation/simulated';
import {
  type DeployedMarket,
  deployMarket,
  type EnclaveKeys,
  hearthSettlementAbi,
  marketDomain,
  type Order,
  registrationFromQuote,
  registryDomain,
  simulatedEnclaveRegistryAbi,
  testUsdAbi,
} from '@hearth/contracts';
import { type Ed25519Key, ed25519Key, type SignedCap } from '@hearth/sdk/protocol';
import { createTestClient, http } from 'viem';
import { type Chain, startChain } from '../environment/chain.ts';
import { accountOf, clientsOf, mint, privateKeyOf, type Role } from '../market/accounts.ts';
import { supplyCollateral } from '../market/supply-collateral.ts';

export const feeBps = 250;
export const bytes32 = (label: string): Hex =>
  `0x${Buffer.from(label).toString('hex').padEnd(64, '0').slice(0, 64)}`;

export interface RegisteredEnclave {
  readonly privateKey: Uint8Array;
  readonly enclaveKey: Hex;
  readonly nodeKey: Ed25519Key;
  readonly provider: Hex;
  /** What the quote binds, the quote, and the machine it is from. */
  readonly keys: EnclaveKeys;
  readonly quote: Uint8Array;
  readonly platform: SimulatedPlatform;
}

export interface OpenedOrder {
  readonly order: Order;
  readonly orderHash: Hex;
}

/** A deployed market on a chain of its own, with what a buyer, a home and its enclave do to it without any backend. */
export class EscrowWorld {
  readonly sessionPrivateKey = new Uint8Array(32).fill(7);
  private orders = 0;

  readonly chain: Chain;
  readonly market: DeployedMarket;

  private constructor(chain: Chain, market: DeployedMarket) {
    this.chain = chain;
    this.market = market;
  }

  static async start(): Promise<EscrowWorld> {
    const chain = await startChain();
    const { publicClient, walletClient } = clientsOf(chain, 'operator');
    const operatorFeeRecipient = accountOf(chain, 'operator').address;
    const market = await deployMarket({
      publicClient,
      walletClient,
      operatorFeeRecipient,
      feeBps,
      simulated: true,
      logOperator: accountOf(chain, 'gateway gas').address,
    });
    return new EscrowWorld(chain, market);
  }

  /** On a market that somebody else has deployed and will stop. */
  static on(chain: Chain, market: DeployedMarket): EscrowWorld {
    return new EscrowWorld(chain, market);
  }

  get domain() {
    return marketDomain(this.chain.chainId, this.market.settlement);
  }

  get rpc() {
    return clientsOf(this.chain, 'stranger').publicClient;
  }

  get node() {
    return createTestClient({ mode: 'hardhat', transport: http(this.chain.rpcUrl) });
  }

  /** Environment of a backend on this market. */
  environment(databaseUrl: string, changes: Record<string, string> = {}): Record<string, string> {
    return {
      DATABASE_URL: databaseUrl,
      RPC_URL: this.chain.rpcUrl,
      CHAIN_ID: String(this.chain.chainId),
      TOKEN: this.market.token,
      REGISTRY: this.market.registry,
      SETTLEMENT: this.market.settlement,
      DEPLOYMENT_BLOCK: String(this.market.deploymentBlock),
      OPERATOR_PRIVATE_KEY: privateKeyOf(this.chain, 'gateway gas'),
      LOG_PRIVATE_KEY: '11'.repeat(32),
      TOP_UP_TILLS: this.market.topUpTills,
      CASHIER_PRIVATE_KEY: privateKeyOf(this.chain, 'cashier'),
      RECEIPT_GATHER_MS: '20', // here many a receipt is waited for
      ...changes,
    };
  }

  /** Registers an enclave on a simulated platform, from a quote that the contract verifies. */
  async registerEnclave(wallet: Role, seed: number): Promise<RegisteredEnclave> {
    const provider = accountOf(this.chain, wallet);
    const privateKey = new Uint8Array(32).fill(seed);
    const enclaveKey = addressOf(privateKey);
    const nodeKey = ed25519Key(new Uint8Array(32).fill(seed));
    const { publicClient, walletClient } = clientsOf(this.chain, wallet);
    const anchor = await publicClient.getBlock();
    const keys = {
      provider: provider.address.toLowerCase() as Hex,
      nodeKey: nodeKey.publicKey,
      enclaveKey,
      firstHpkeKeyId: bytes32('hpke'),
      teeType: 2,
      tier: 0,
      configHash: bytes32('config'),
      anchorBlockNumber: anchor.number,
      anchorBlockHash: anchor.hash,
    };
    const domain = registryDomain(this.chain.chainId, this.market.registry);
    const platform = createSimulatedPlatform({ seed: `home ${seed}`, atUnixSec: Number(anchor.timestamp) });
    const measured = new Uint8Array(48).fill(1);
    const unused = new Uint8Array(48);
    const reportData = new Uint8Array(64);
    reportData.set(fromHex(hashEnclaveKeys(domain, keys)));
    const quote = platform.quote({
      mrtd: measured,
      rtmrs: [measured, measured, measured, measured],
      mrConfigId: unused,
      mrOwner: unused,
      reportData,
    });
    const registration = registrationFromQuote(quote);
    const deadlineUnixSec = anchor.timestamp + 3600n;
    const consent = signDigest(
      hashEnrolEnclave(domain, { enclaveKey, nodeKey: nodeKey.publicKey, deadlineUnixSec }),
      fromHex(privateKeyOf(this.chain, wallet)),
    );
    await supplyCollateral(
      { publicClient, walletClient },
      this.market.registry,
      registration,
      platform.collateral(),
    );
    const contract = { address: this.market.registry, abi: simulatedEnclaveRegistryAbi } as const;
    for (const hash of [
      await walletClient.writeContract({
        ...contract,
        functionName: 'registerPlatform',
        args: [registration.leafDer, registration.authorityKeyHash],
      }),
      await walletClient.writeContract({
        ...contract,
        functionName: 'registerEnclave',
        args: [keys, registration.quote, registration.pckKey, deadlineUnixSec, consent],
      }),
    ])
      await publicClient.waitForTransactionReceipt({ hash });
    return { privateKey, enclaveKey, nodeKey, provider: keys.provider, keys, quote, platform };
  }

  /** Mints, deposits and opens an order of the buyer. */
  async openOrder(changes: Partial<Order> = {}): Promise<OpenedOrder> {
    const { publicClient, walletClient } = clientsOf(this.chain, 'buyer');
    const { timestamp } = await publicClient.getBlock();
    this.orders += 1;
    const order: Order = {
      buyer: walletClient.account.address.toLowerCase() as Hex,
      sessionKey: addressOf(this.sessionPrivateKey),
      maxSpendMicroUsd: 10_000n,
      maxPriceInput: 1_000_000n,
      maxPriceCachedInput: 1_000_000n,
      maxPriceOutput: 1_000_000n,
      maxSpendPerEnclaveMicroUsd: 10_000n,
      policyHash: bytes32('policy'),
      minTier: 0,
      validAfterUnixSec: timestamp - 60n,
      validUntilUnixSec: timestamp + 86_400n,
      salt: bytes32(`order ${this.orders}`),
      ...changes,
    };
    const { settlement, token } = this.market;
    await mint(this.chain, token, order.buyer, order.maxSpendMicroUsd);
    const orderHash = hashOrder(this.domain, order);
    const signature = signDigest(orderHash, fromHex(privateKeyOf(this.chain, 'buyer')));
    const escrow = { address: settlement, abi: hearthSettlementAbi } as const;
    for (const send of [
      () =>
        walletClient.writeContract({
          address: token,
          abi: testUsdAbi,
          functionName: 'approve',
          args: [settlement, order.maxSpendMicroUsd],
        }),
      () =>
        walletClient.writeContract({ ...escrow, functionName: 'deposit', args: [order.maxSpendMicroUsd] }),
      () => walletClient.writeContract({ ...escrow, functionName: 'openOrder', args: [order, signature] }),
    ])
      await publicClient.waitForTransactionReceipt({ hash: await send() });
    return { order, orderHash };
  }

  /** The buyer's session key bounds what an enclave may claim. */
  cap(
    orderHash: Hex,
    enclaveKey: Hex,
    cumulativeCapPicoUsd: bigint,
    jobHeaderHash = bytes32('job'),
  ): SignedCap {
    const authorization = { orderHash, enclaveKey, cumulativeCapPicoUsd, jobHeaderHash };
    const sessionSignature = signDigest(
      hashAuthorization(this.domain, authorization),
      this.sessionPrivateKey,
    );
    return { cumulativeCapPicoUsd, jobHeaderHash, sessionSignature };
  }

  /** Anyone may bring the session key's word to the chain: from then on the cap is this enclave's alone. */
  async reserve(orderHash: Hex, enclaveKey: Hex, cumulativeCapPicoUsd: bigint): Promise<void> {
    const { publicClient, walletClient } = clientsOf(this.chain, 'buyer');
    const { jobHeaderHash, sessionSignature } = this.cap(orderHash, enclaveKey, cumulativeCapPicoUsd);
    const hash = await walletClient.writeContract({
      address: this.market.settlement,
      abi: hearthSettlementAbi,
      functionName: 'reserve',
      args: [{ orderHash, enclaveKey, cumulativeCapPicoUsd, jobHeaderHash }, sessionSignature],
    });
    await publicClient.waitForTransactionReceipt({ hash });
  }

  async claimable(account: Hex): Promise<bigint> {
    const record = await this.rpc.readContract({
      address: this.market.settlement,
      abi: hearthSettlementAbi,
      functionName: 'accountOf',
      args: [account],
    });
    return record.claimableMicroUsd;
  }

  async stop(): Promise<void> {
    await this.chain.stop();
  }
}

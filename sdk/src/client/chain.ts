import {
  eip712Types,
  enclaveRegistryAbi,
  hearthSettlementAbi,
  marketDomain,
  type Order,
  type PairPayment,
  paymentsIn,
  topUpTillsAbi,
} from '@hearth/contracts';
import {
  createPublicClient,
  createWalletClient,
  defineChain,
  encodeAbiParameters,
  erc20Abi,
  type Hash,
  http,
  keccak256,
  type LocalAccount,
  TransactionReceiptNotFoundError,
  zeroAddress,
  zeroHash,
} from 'viem';
import { HearthError, type TrustFile } from '../protocol/index.ts';
import { type DepositOptions, sendDeposit } from './deposit.ts';

type Hex = `0x${string}`;

const SIGNATURE_LIFE_SEC = 3600n;

/** The few things a buyer does and looks up on-chain. Every transaction is awaited and must have succeeded. */
export type Chain = {
  /** @returns hash of the deposit transaction */
  deposit(amountMicroUsd: bigint, options?: DepositOptions): Promise<Hash>;
  openOrder(order: Order, signature: Hex): Promise<Hash>;
  requestClose(orderHash: Hex): Promise<Hash>;
  /** Returns the rest once the settlement window is over. */
  closeOrder(orderHash: Hex): Promise<Hash>;
  withdraw(amountMicroUsd: bigint): Promise<Hash>;
  /** `withdraw`, but only as long as the account's nonce is this one. */
  withdrawOnce(amountMicroUsd: bigint, nonce: bigint): Promise<Hash>;
  balances(account: Hex): Promise<Balances>;
  token(): Promise<Hex>;
  /** Where tokens go that are to become this account's deposit. @throws HearthError `invalid_request` without tills in the trust file */
  tillOf(account: Hex): Promise<Hex>;
  order(
    orderHash: Hex,
  ): Promise<{ status: number; restMicroUsd: bigint; buyer: Hex; validUntilUnixSec: number; feeBps: number }>;
  pair(
    orderHash: Hex,
    enclaveKey: Hex,
  ): Promise<{ paidMicroUsd: bigint; reservedMicroUsd: bigint; sequence: bigint }>;
  enclave(
    enclaveKey: Hex,
  ): Promise<{ provider: Hex; tier: number; expiresAtUnixSec: number; detailsHash: Hex }>;
  /** What a transaction settled; empty when it is unknown, failed, or is not one of this settlement contract. */
  settledIn(txHash: Hash): Promise<SettledEvent[]>;
  chainId(): Promise<number>;
  /** Of the newest block: what the contracts take for now. */
  nowUnixSec(): Promise<number>;
};

export type Balances = {
  readonly tokenMicroUsd: bigint;
  readonly freeMicroUsd: bigint;
  readonly claimableMicroUsd: bigint;
  /** Counts what the account's signatures have paid out. */
  readonly nonce: bigint;
};

export type SettledEvent = PairPayment & { readonly orderHash: Hex; readonly blockNumber: number };

export function connectChain(trust: TrustFile, account: LocalAccount | undefined): Chain {
  const { rpcUrl, chainId, settlement, registry, topUpTills } = trust.chain;
  const chain = defineChain({
    id: chainId,
    name: `chain ${chainId}`,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: rpcUrl === null ? [] : [rpcUrl] } },
  });
  const transport = () => {
    if (rpcUrl === null)
      throw new HearthError('invalid_request', 'trust file: no rpcUrl, so the chain cannot be asked');
    return http(rpcUrl);
  };
  const reader = () => createPublicClient({ chain, transport: transport() });
  const market = { address: settlement, abi: hearthSettlementAbi } as const;

  const tokenOf = () => reader().readContract({ ...market, functionName: 'token' });

  async function transact(
    send: (wallet: ReturnType<typeof walletOf>) => Promise<Hash>,
    what: string,
  ): Promise<Hash> {
    return confirmed(await send(walletOf()), what);
  }

  async function confirmed(hash: Hash, what: string): Promise<Hash> {
    const receipt = await reader().waitForTransactionReceipt({ hash, pollingInterval: 50 });
    if (receipt.status !== 'success')
      throw new HearthError('invalid_request', `${what}: transaction ${hash} was reverted`);
    return hash;
  }

  function walletOf() {
    if (!account) throw new HearthError('invalid_request', 'this action needs a wallet, and none was given');
    return createWalletClient({ chain, transport: transport(), account });
  }

  return {
    deposit: async (amountMicroUsd, options) =>
      sendDeposit({ reader: reader(), wallet: walletOf(), settlement, amountMicroUsd, confirmed }, options),
    openOrder: (order, signature) =>
      transact(
        (wallet) => wallet.writeContract({ ...market, functionName: 'openOrder', args: [order, signature] }),
        'open order',
      ),
    requestClose: (orderHash) =>
      transact(
        (wallet) => wallet.writeContract({ ...market, functionName: 'requestClose', args: [orderHash] }),
        'request close',
      ),
    closeOrder: (orderHash) =>
      transact(
        (wallet) => wallet.writeContract({ ...market, functionName: 'closeOrder', args: [orderHash] }),
        'close order',
      ),
    withdraw: (amount) =>
      transact(
        (wallet) => wallet.writeContract({ ...market, functionName: 'withdraw', args: [amount] }),
        'withdraw',
      ),
    async withdrawOnce(amountMicroUsd, nonce) {
      const { account: owner } = walletOf();
      const { timestamp } = await reader().getBlock();
      const deadlineUnixSec = timestamp + SIGNATURE_LIFE_SEC;
      const [buyer, recipient] = [owner.address, owner.address];
      const authorization = { buyer, recipient, amountMicroUsd, nonce, deadlineUnixSec };
      const signature = await owner.signTypedData({
        domain: marketDomain(chainId, settlement),
        types: { WithdrawAuthorization: eip712Types.WithdrawAuthorization },
        primaryType: 'WithdrawAuthorization',
        message: authorization,
      });
      const args = [authorization, signature] as const;
      return transact(
        (wallet) => wallet.writeContract({ ...market, functionName: 'withdrawFor', args }),
        'withdraw',
      );
    },
    token: () => tokenOf(),
    async tillOf(owner) {
      if (topUpTills === undefined)
        throw new HearthError('invalid_request', 'trust file: no topUpTills, so nothing is paid by x402');
      const at = { address: topUpTills, abi: topUpTillsAbi } as const;
      return reader().readContract({ ...at, functionName: 'tillOf', args: [owner] });
    },
    async balances(owner) {
      const token = await tokenOf();
      const [tokenMicroUsd, record] = await Promise.all([
        reader().readContract({ address: token, abi: erc20Abi, functionName: 'balanceOf', args: [owner] }),
        reader().readContract({ ...market, functionName: 'accountOf', args: [owner] }),
      ]);
      return {
        tokenMicroUsd,
        freeMicroUsd: record.freeMicroUsd,
        claimableMicroUsd: record.claimableMicroUsd,
        nonce: record.nonce,
      };
    },
    order: (orderHash) => reader().readContract({ ...market, functionName: 'orderOf', args: [orderHash] }),
    pair: (orderHash, enclaveKey) =>
      reader().readContract({ ...market, functionName: 'pairOf', args: [orderHash, enclaveKey] }),
    async enclave(enclaveKey) {
      const at = { address: registry, abi: enclaveRegistryAbi } as const;
      const record = await reader().readContract({ ...at, functionName: 'enclaveOf', args: [enclaveKey] });
      if (record.provider === zeroAddress) return { ...record, detailsHash: zeroHash };
      const block = BigInt(record.registeredAtBlock);
      const events = await reader().getContractEvents({
        ...at,
        eventName: 'EnclaveRegistered',
        args: { enclaveKey },
        fromBlock: block,
        toBlock: block,
        strict: true,
      });
      // Two registrations in one block: the record is the later one's.
      const details = events.at(-1)?.args.details;
      return { ...record, detailsHash: details ? hashDetails(details) : zeroHash };
    },
    async settledIn(txHash) {
      const receipt = await reader()
        .getTransactionReceipt({ hash: txHash })
        .catch((error: unknown) => {
          if (error instanceof TransactionReceiptNotFoundError) return undefined;
          throw error;
        });
      if (!receipt) return [];
      const logs = receipt.logs.filter((log) => log.address.toLowerCase() === settlement);
      const blockNumber = Number(receipt.blockNumber);
      return paymentsIn(logs).map((payment) => ({ ...payment, blockNumber }));
    },
    chainId: () => reader().getChainId(),
    nowUnixSec: async () => Number((await reader().getBlock()).timestamp),
  };
}

/** keccak256(abi.encode(EnclaveDetails)). */
function hashDetails(details: {
  readonly nodeKey: Hex;
  readonly measurementHash: Hex;
  readonly platformId: Hex;
  readonly firstHpkeKeyId: Hex;
  readonly configHash: Hex;
}): Hex {
  const { nodeKey, measurementHash, platformId, firstHpkeKeyId, configHash } = details;
  const words = [nodeKey, measurementHash, platformId, firstHpkeKeyId, configHash] as const;
  const types = Array.from(words, () => ({ type: 'bytes32' }) as const);
  return keccak256(encodeAbiParameters(types, words));
}

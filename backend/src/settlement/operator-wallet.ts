import type { Hex } from '@hearth/attestation/receipt';
import { hearthSettlementAbi, type ItemStatus, type SettlementClaim, toSettleCall } from '@hearth/contracts';
import { Injectable } from '@nestjs/common';
import {
  encodeFunctionData,
  keccak256,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
} from 'viem';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { ChainClient } from '../platform/chain-client.ts';
import { Config } from '../platform/config.ts';

export interface SignedTransaction {
  readonly nonce: number;
  readonly hash: Hex;
  readonly raw: Hex;
}

/** A stored transaction is never priced anew, so it must stand a rising base fee; only the base fee of its block is paid. */
const feeHeadroom = 3n;

/** The operator key: pays gas for calls that anyone may make. It signs here and nowhere else, and never broadcasts what is not stored. */
@Injectable()
export class OperatorWallet {
  readonly address: Hex;
  readonly #account: PrivateKeyAccount;

  constructor(
    private readonly chain: ChainClient,
    private readonly config: Config,
  ) {
    this.#account = privateKeyToAccount(config.operatorPrivateKey);
    this.address = this.#account.address.toLowerCase() as Hex;
  }

  /** What `settle` would answer for each claim if it ran on the newest block. */
  async simulateSettle(claims: readonly SettlementClaim[]): Promise<ItemStatus[]> {
    const call = toSettleCall(claims);
    const { result } = await this.chain.rpc.simulateContract({
      address: this.config.settlement,
      abi: hearthSettlementAbi,
      functionName: 'settle',
      args: call.args,
      account: this.#account.address,
    });
    return call.statusesOf(result);
  }

  /** Sequence up to which the pair is settled on the newest block; 0 when it never was. */
  async settledSequence(orderHash: Hex, enclaveKey: Hex): Promise<bigint> {
    const pair = await this.chain.rpc.readContract({
      address: this.config.settlement,
      abi: hearthSettlementAbi,
      functionName: 'pairOf',
      args: [orderHash, enclaveKey],
    });
    return pair.sequence;
  }

  settleInput(claims: readonly SettlementClaim[]): Hex {
    const { args } = toSettleCall(claims);
    return encodeFunctionData({ abi: hearthSettlementAbi, functionName: 'settle', args });
  }

  /** Signs a call with the next free nonce. Nothing leaves the process. */
  async sign(to: Hex, data: Hex): Promise<SignedTransaction> {
    const { rpc } = this.chain;
    const [nonce, gas, fees] = await Promise.all([
      this.minedNonce(),
      rpc.estimateGas({ account: this.#account.address, to, data }),
      rpc.estimateFeesPerGas(),
    ]);
    const raw = await this.#account.signTransaction({
      type: 'eip1559',
      chainId: this.config.chainId,
      to,
      data,
      nonce,
      gas: (gas * 6n) / 5n, // other settlements may land in between and change which slots are fresh
      maxFeePerGas: fees.maxFeePerGas * feeHeadroom,
      maxPriorityFeePerGas: fees.maxPriorityFeePerGas,
    });
    return { nonce, hash: keccak256(raw), raw };
  }

  /** Sending the same bytes again is harmless; the caller learns what became of them from `receipt` and `minedNonce`. */
  async broadcast(raw: Hex): Promise<void> {
    await this.chain.rpc.sendRawTransaction({ serializedTransaction: raw });
  }

  async receipt(hash: Hex): Promise<TransactionReceipt | undefined> {
    return this.chain.rpc.getTransactionReceipt({ hash }).catch((error: unknown) => {
      if (error instanceof TransactionReceiptNotFoundError) return undefined;
      throw error;
    });
  }

  /** Nonces below this are used up on the newest block. */
  async minedNonce(): Promise<number> {
    return this.chain.rpc.getTransactionCount({ address: this.#account.address, blockTag: 'latest' });
  }

  async balanceWei(): Promise<bigint> {
    return this.chain.rpc.getBalance({ address: this.#account.address });
  }
}

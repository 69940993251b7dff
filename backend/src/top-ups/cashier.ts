import type { Hex } from '@hearth/attestation/receipt';
import { HearthError } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import {
  type Abi,
  BaseError,
  ContractFunctionRevertedError,
  createWalletClient,
  http,
  WaitForTransactionReceiptTimeoutError,
} from 'viem';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { ChainClient } from '../platform/chain-client.ts';
import { Config } from '../platform/config.ts';

const confirmWithinMs = 60_000;

export interface Call {
  readonly address: Hex;
  readonly abi: Abi;
  readonly functionName: string;
  readonly args: readonly unknown[];
}

/**
 * Pays the gas of calls that anyone may make and that buyers have signed. A key of its own: the operator's sends only what is stored.
 * One call after the other, so that their nonces follow each other; what is lost with the process is asked for again by its buyer.
 */
@Injectable()
export class Cashier {
  readonly #account: PrivateKeyAccount | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly chain: ChainClient,
    private readonly config: Config,
  ) {
    const { cashierPrivateKey } = config;
    this.#account = cashierPrivateKey && privateKeyToAccount(cashierPrivateKey);
  }

  get isOpen(): boolean {
    return this.#account !== undefined;
  }

  /** @returns hash of the transaction, once it has succeeded. @throws HearthError `invalid_request` with what the contract says */
  send(call: Call): Promise<Hex> {
    const sent = this.last.then(() => this.sendNow(call));
    this.last = sent.catch(() => {});
    return sent;
  }

  private async sendNow(call: Call): Promise<Hex> {
    const account = this.#account;
    if (account === undefined) throw new HearthError('not_found', 'this gateway pays no gas for buyers');
    const { rpc } = this.chain;
    const wallet = createWalletClient({ account, chain: rpc.chain, transport: http(this.config.rpcUrl) });
    try {
      const { request } = await rpc.simulateContract({ ...call, account });
      const hash = await wallet.writeContract(request);
      const { status } = await rpc.waitForTransactionReceipt({
        hash,
        pollingInterval: 100,
        timeout: confirmWithinMs,
      });
      if (status === 'success') return hash;
      throw new HearthError('unavailable', `transaction ${hash} was reverted; ask again`);
    } catch (error) {
      throw known(call, error);
    }
  }
}

function known(call: Call, error: unknown): unknown {
  if (error instanceof WaitForTransactionReceiptTimeoutError)
    return new HearthError('timeout', `${call.functionName}: not mined in time; ask again`, { cause: error });
  if (!(error instanceof BaseError)) return error;
  const reverted = error.walk((each) => each instanceof ContractFunctionRevertedError);
  if (!(reverted instanceof ContractFunctionRevertedError))
    return new HearthError('unavailable', `${call.functionName}: the chain did not take it`, {
      cause: error,
    });
  const reason = reverted.data?.errorName ?? reverted.reason ?? 'reverted';
  return new HearthError('invalid_request', `${call.functionName}: ${reason}`, { cause: error });
}

import { type Abi, decodeErrorResult, type Hex } from 'viem';

/** What a transaction is: from an account that the development chain signs for. */
export interface Call {
  readonly from: Hex;
  readonly to: Hex;
  readonly data: Hex;
}

/** The hash of a transaction that went through, or the name of the contract's error. */
export type Sent = { readonly hash: Hex; readonly refused?: undefined } | { readonly refused: string };

interface Reply {
  readonly result?: unknown;
  readonly error?: { readonly message: string; readonly data?: Hex };
}

/** More than any transaction here takes; the default would be to estimate, which is to run everything twice. */
const gas = '0xf00000';

/** One request each: ten thousand transactions through a general client would mostly time that client. */
export class Rpc {
  readonly #url: string;
  readonly #errors: Abi;

  constructor(url: string, errors: Abi) {
    this.#url = url;
    this.#errors = errors;
  }

  async request(method: string, ...params: unknown[]): Promise<unknown> {
    const { result, error } = await this.#post(method, params);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** Mines a block with this transaction alone, at a time given to the second. */
  async send(call: Call, atUnixSec: bigint): Promise<Sent> {
    await this.request('evm_setNextBlockTimestamp', Number(atUnixSec));
    const { result, error } = await this.#post('eth_sendTransaction', [{ ...call, gas }]);
    if (!error) return { hash: result as Hex };
    if (error.data === undefined) throw new Error(error.message);
    return { refused: decodeErrorResult({ abi: this.#errors, data: error.data }).errorName };
  }

  async #post(method: string, params: readonly unknown[]): Promise<Reply> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    return (await response.json()) as Reply;
  }
}

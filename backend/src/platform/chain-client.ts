import type { Hex } from '@hearth/attestation/receipt';
import type { BlockBeacon } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { createPublicClient, defineChain, http, type PublicClient } from 'viem';
import { Config } from './config.ts';

export interface BlockRef {
  readonly number: bigint;
  readonly hash: Hex;
  readonly parentHash: Hex;
  readonly timestampSec: bigint;
}

/** The chain as this process sees it through one RPC endpoint; every request has a limit. */
@Injectable()
export class ChainClient {
  readonly rpc: PublicClient;

  constructor(private readonly config: Config) {
    const chain = defineChain({
      id: config.chainId,
      name: `chain ${config.chainId}`,
      nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
      rpcUrls: { default: { http: [config.rpcUrl] } },
    });
    this.rpc = createPublicClient({
      chain,
      transport: http(config.rpcUrl, { timeout: 10_000, retryCount: 1 }),
      cacheTime: 0, // a cached head would let facts look final before they are
    });
  }

  async head(): Promise<BlockRef> {
    return toRef(await this.rpc.getBlock({ blockTag: 'latest' }));
  }

  /** Newest block whose facts count: `safe`, or head minus the configured confirmations. */
  async safe(): Promise<BlockRef> {
    return this.tagged('safe');
  }

  async finalized(): Promise<BlockRef> {
    return this.tagged('finalized');
  }

  async block(number: bigint): Promise<BlockRef> {
    return toRef(await this.rpc.getBlock({ blockNumber: number }));
  }

  private async tagged(blockTag: 'safe' | 'finalized'): Promise<BlockRef> {
    const { safeConfirmations } = this.config;
    if (safeConfirmations === undefined) return toRef(await this.rpc.getBlock({ blockTag }));
    const head = await this.head();
    const number = head.number - BigInt(safeConfirmations);
    return this.block(number > 0n ? number : 0n);
  }
}

export function toBeacon(block: BlockRef): BlockBeacon {
  return {
    blockNumber: Number(block.number),
    blockHash: block.hash,
    timestampMs: Number(block.timestampSec) * 1000,
  };
}

function toRef(block: { number: bigint; hash: Hex; parentHash: Hex; timestamp: bigint }): BlockRef {
  return {
    number: block.number,
    hash: block.hash,
    parentHash: block.parentHash,
    timestampSec: block.timestamp,
  };
}

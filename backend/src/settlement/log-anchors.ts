import type { Hex } from '@hearth/attestation/receipt';
import { logAnchorAbi } from '@hearth/contracts';
import { Injectable } from '@nestjs/common';
import { encodeFunctionData } from 'viem';
import { Checkpoints } from '../log/checkpoints.ts';
import { ChainClient } from '../platform/chain-client.ts';
import { Clock } from '../platform/clock.ts';
import { Config } from '../platform/config.ts';

/** Fixes the log's root on the chain: what was anchored, no operator can take back, nor show otherwise to somebody else. */
@Injectable()
export class LogAnchors {
  /** The chain is not asked before: what was anchored last is known until then. */
  private askAtMs = 0;

  constructor(
    private readonly checkpoints: Checkpoints,
    private readonly chain: ChainClient,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** The call that anchors the newest checkpoint, if one is due. */
  async next(): Promise<{ readonly to: Hex; readonly input: Hex } | undefined> {
    const { logAnchor: to, anchorIntervalMs } = this.config;
    const nowMs = this.clock.nowMs();
    if (to === undefined || nowMs < this.askAtMs) return undefined;
    const anchored = await this.newest(to);
    const dueAtMs = anchored === undefined ? nowMs : anchored.atMs + anchorIntervalMs;
    this.askAtMs = Math.max(dueAtMs, nowMs + Math.min(anchorIntervalMs, 10_000));
    if (nowMs < dueAtMs) return undefined;
    const { checkpoint } = await this.checkpoints.newest();
    if (checkpoint.treeSize <= (anchored?.size ?? 0)) return undefined;
    const args = [BigInt(checkpoint.treeSize), checkpoint.root] as const;
    return { to, input: encodeFunctionData({ abi: logAnchorAbi, functionName: 'anchor', args }) };
  }

  private async newest(address: Hex): Promise<{ size: number; atMs: number } | undefined> {
    const contract = { address, abi: logAnchorAbi } as const;
    const count = await this.chain.rpc.readContract({ ...contract, functionName: 'anchorCount' });
    if (count === 0n) return undefined;
    const { size, anchoredAtUnixSec } = await this.chain.rpc.readContract({
      ...contract,
      functionName: 'anchorOf',
      args: [count - 1n],
    });
    return { size: Number(size), atMs: anchoredAtUnixSec * 1000 };
  }
}

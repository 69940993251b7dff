import { hearthSettlementAbi } from '@hearth/contracts';
import { jobClasses, type marketInfo, modelList } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { AttestedEnclaves } from '../auction/attested-enclaves.ts';
import { MarketBook } from '../auction/market-book.ts';
import { Checkpoints } from '../log/checkpoints.ts';
import { ChainClient } from '../platform/chain-client.ts';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { Clock } from '../platform/clock.ts';
import { Config } from '../platform/config.ts';
import { LogKey } from '../platform/log-key.ts';
import { CatalogueService } from './catalogue.service.ts';
import { cardInForce } from './price-cards.ts';

/** The public face of the market. */
@Injectable()
export class MarketListing {
  private feeBps: Promise<number> | undefined;

  constructor(
    private readonly catalogue: CatalogueService,
    private readonly book: MarketBook,
    private readonly attested: AttestedEnclaves,
    private readonly checkpoints: Checkpoints,
    private readonly client: ChainClient,
    private readonly chain: ChainIdentity,
    private readonly logKey: LogKey,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  async market(): Promise<z.input<typeof marketInfo>> {
    const { marketName: name, chainId, token, registry, settlement } = this.config;
    return {
      name,
      chainId,
      token,
      registry,
      settlement,
      log: { name: this.chain.logName, publicKey: this.logKey.publicKey },
      feeBps: await this.readFeeBps(),
      timeMs: this.clock.nowMs(),
    };
  }

  async models(): Promise<z.input<typeof modelList>> {
    const nowMs = this.clock.nowMs();
    const { treeSize } = (await this.checkpoints.newest()).checkpoint;
    const models = [];
    for (const { modelDigest, manifest } of this.catalogue.models()) {
      const classes = [];
      for (const jobClass of Object.values(jobClasses)) {
        const card = cardInForce(this.catalogue.cardsOf(modelDigest, jobClass), nowMs);
        if (card === undefined) continue;
        const nodes = await this.nodesFor(modelDigest, jobClass, treeSize, nowMs);
        classes.push({ class: jobClass, priceCard: card.message, nodes });
      }
      if (classes.length > 0) models.push({ name: manifest.name, modelDigest, manifest, classes });
    }
    return z.encode(modelList, { models });
  }

  private async nodesFor(
    modelDigest: `0x${string}`,
    jobClass: number,
    treeSize: number,
    nowMs: number,
  ): Promise<number> {
    const book = await this.book.upTo(treeSize);
    const asks = book.asksFor(modelDigest, jobClass, treeSize);
    const standing = await this.attested.among((attested) =>
      asks.filter(
        ({ ask, standsFromMs }) =>
          standsFromMs <= nowMs && nowMs < ask.validUntilMs && attested.has(ask.enclaveKey),
      ),
    );
    return new Set(standing.map(({ ask }) => ask.nodeKey)).size;
  }

  /** Immutable in the contract: read once; a failed read is tried again. */
  private readFeeBps(): Promise<number> {
    const { settlement: address } = this.config;
    this.feeBps ??= this.client.rpc
      .readContract({ address, abi: hearthSettlementAbi, functionName: 'feeBps' })
      .catch((error: unknown) => {
        this.feeBps = undefined;
        throw error;
      });
    return this.feeBps;
  }
}

import { hearthSettlementAbi } from '@hearth/contracts';
import type { StandingAsk } from '@hearth/sdk/market';
import {
  type BookedNode,
  jobClasses,
  type ModelListing,
  type marketInfo,
  modelList,
  nodeBook,
  outlookList,
  signMessage,
} from '@hearth/sdk/protocol';
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
import { EnclaveDirectory } from '../providers/enclave-directory.ts';
import { NodeOutlooks } from '../providers/node-outlooks.ts';
import { CatalogueService } from './catalogue.service.ts';
import { cardInForce } from './price-cards.ts';

/** A buyer asks a handful; the list stays one that fits a phone. */
const maxBooked = 1_000;

/** An ask that sells now, and its model's name. */
interface NamedAsk {
  readonly name: string;
  readonly ask: StandingAsk['ask'];
}

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
    private readonly enclaves: EnclaveDirectory,
    private readonly nodeOutlooks: NodeOutlooks,
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
    const { treeSize } = (await this.checkpoints.newest()).checkpoint;
    const { models } = await this.listed(treeSize, this.clock.nowMs());
    return z.encode(modelList, { models });
  }

  /** For the day on which no gateway answers: signed, and kept by buyers. */
  async nodeBook(): Promise<z.input<typeof nodeBook.schema>> {
    const atMs = this.clock.nowMs();
    const { treeSize, root } = (await this.checkpoints.newest()).checkpoint;
    const { models, standing } = await this.listed(treeSize, atMs);
    const nodes: BookedNode[] = [];
    for (const { name, ask } of standing) {
      const url = this.enclaves.usable(ask.enclaveKey)?.direct;
      if (url !== undefined && nodes.length < maxBooked)
        nodes.push({ url, model: name, ...bookedTerms(ask) });
    }
    const body = { v: 1 as const, atMs, treeSize, root, models, nodes };
    return z.encode(nodeBook.schema, signMessage(nodeBook, body, this.logKey));
  }

  /** Of nodes that could sell now. */
  async outlook(): Promise<z.input<typeof outlookList>> {
    const standing = await this.nodeOutlooks.standing();
    const outlooks = await this.attested.among((attested) =>
      standing.filter(({ body }) => attested.has(body.enclaveKey)),
    );
    return z.encode(outlookList, { outlooks });
  }

  /** What can be bought, and the asks that sell it. */
  private async listed(
    treeSize: number,
    nowMs: number,
  ): Promise<{ models: ModelListing[]; standing: NamedAsk[] }> {
    const models: ModelListing[] = [];
    const standing: NamedAsk[] = [];
    const book = await this.book.upTo(treeSize);
    for (const { modelDigest, manifest } of this.catalogue.models()) {
      const { name } = manifest;
      const classes: ModelListing['classes'] = [];
      for (const jobClass of Object.values(jobClasses)) {
        const card = cardInForce(this.catalogue.cardsOf(modelDigest, jobClass), nowMs);
        if (card === undefined) continue;
        const booked = book.asksFor(modelDigest, jobClass, treeSize);
        const asks = await this.attested.among((attested) =>
          booked.filter(
            ({ ask, standsFromMs }) =>
              standsFromMs <= nowMs && nowMs < ask.validUntilMs && attested.has(ask.enclaveKey),
          ),
        );
        const nodes = new Set(asks.map(({ ask }) => ask.nodeKey)).size;
        classes.push({ class: jobClass, priceCard: card.message, nodes });
        for (const { ask } of asks) standing.push({ name, ask });
      }
      if (classes.length > 0) models.push({ name, modelDigest, manifest, classes });
    }
    return { models, standing };
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

function bookedTerms({
  nodeKey,
  provider,
  enclaveKey,
  modelDigest,
  class: jobClass,
  region,
  tier,
  maxContextTokens,
  multiplierPpm,
}: StandingAsk['ask']): Omit<BookedNode, 'url' | 'model'> {
  return {
    nodeKey,
    provider,
    enclaveKey,
    modelDigest,
    class: jobClass,
    region,
    tier,
    maxContextTokens,
    multiplierPpm,
  };
}

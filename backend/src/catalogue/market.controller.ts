import {
  type marketInfo,
  type modelList,
  type nodeBook,
  type outlookList,
  routes,
} from '@hearth/sdk/protocol';
import { Controller, Get } from '@nestjs/common';
import type { z } from 'zod';
import { Access } from '../platform/access.ts';
import { MarketListing } from './market-listing.ts';

/** What is on sale and under which contracts: readable by anyone before an account exists. */
@Controller()
@Access('public')
export class MarketController {
  constructor(private readonly listing: MarketListing) {}

  @Get(routes.market)
  market(): Promise<z.input<typeof marketInfo>> {
    return this.listing.market();
  }

  @Get(routes.models)
  models(): Promise<z.input<typeof modelList>> {
    return this.listing.models();
  }

  @Get(routes.nodeBook)
  nodeBook(): Promise<z.input<typeof nodeBook.schema>> {
    return this.listing.nodeBook();
  }

  @Get(routes.outlook)
  outlook(): Promise<z.input<typeof outlookList>> {
    return this.listing.outlook();
  }
}

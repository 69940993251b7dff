import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CatalogueService } from '../catalogue/catalogue.service.ts';
import { LogKey } from '../platform/log-key.ts';
import { LinkRegistry } from './link-registry.ts';

/** The first words to an authenticated node: who signs here, and the price cards its asks may cite. */
@Injectable()
export class Welcome implements OnModuleInit {
  constructor(
    private readonly links: LinkRegistry,
    private readonly catalogue: CatalogueService,
    private readonly logKey: LogKey,
  ) {}

  onModuleInit(): void {
    this.links.whenReady((link) => {
      link.send({ type: 'welcome', logKey: this.logKey.publicKey, priceCards: this.catalogue.usableCards() });
    });
  }
}

import { Module } from '@nestjs/common';
import { LeaseStore } from './lease-store.ts';

/** Apart from the auction, which needs settlement: settlement asks what a lease was sold for. */
@Module({ providers: [LeaseStore], exports: [LeaseStore] })
export class LeaseStoreModule {}

import { LeaseEntity } from './lease.entity.ts';

export const auctionEntities = [LeaseEntity];

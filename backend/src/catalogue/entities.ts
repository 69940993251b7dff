import { PriceCardEntity } from './price-card.entity.ts';

export const catalogueEntities = [PriceCardEntity];

import { ChainBlockEntity } from './chain-block.entity.ts';
import { ChainCursorEntity } from './chain-cursor.entity.ts';
import { ChainEventEntity } from './chain-event.entity.ts';

export const indexerEntities = [ChainBlockEntity, ChainEventEntity, ChainCursorEntity];

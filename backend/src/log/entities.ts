import { LogCheckpointEntity } from './log-checkpoint.entity.ts';
import { LogLeafEntity } from './log-leaf.entity.ts';
import { LogNodeEntity } from './log-node.entity.ts';
import { LogRootEntity } from './log-root.entity.ts';

export const logEntities = [LogLeafEntity, LogNodeEntity, LogRootEntity, LogCheckpointEntity];

import { AskLogEntity } from './ask-log.entity.ts';
import { NodeOutlookEntity } from './node-outlook.entity.ts';

export const providerEntities = [AskLogEntity, NodeOutlookEntity];

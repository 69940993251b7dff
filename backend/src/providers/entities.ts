import { AskLogEntity } from './ask-log.entity.ts';

export const providerEntities = [AskLogEntity];

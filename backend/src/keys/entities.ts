import { ApiKeyEntity } from './api-key.entity.ts';

export const keyEntities = [ApiKeyEntity];

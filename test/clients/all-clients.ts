import { aiSdkClients } from './ai-sdk.ts';
import type { ClientKind } from './client.ts';
import { langchainClients } from './langchain.ts';
import { llamaIndexClients } from './llamaindex.ts';
import { openaiClients } from './openai.ts';

export const allClients: readonly ClientKind[] = [
  ...openaiClients,
  ...aiSdkClients,
  ...langchainClients,
  ...llamaIndexClients,
];

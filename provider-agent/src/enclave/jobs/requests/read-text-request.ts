import { endpoints } from '@hearth/sdk/protocol';
import { readChatRequest } from './chat-request.ts';
import { readCompletionRequest } from './completion-request.ts';
import { readResponseRequest } from './response-request.ts';
import type { TextRequest } from './text-request.ts';

/** @throws RequestError */
export function readTextRequest(endpoint: number, json: unknown, modelNames: readonly string[]): TextRequest {
  if (endpoint === endpoints.completions) return readCompletionRequest(json, modelNames);
  if (endpoint === endpoints.responses) return readResponseRequest(json, modelNames);
  return readChatRequest(json, modelNames);
}

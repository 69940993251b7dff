import type { EndpointName } from '../protocol/index.ts';
import type { ApiAnswer, ApiContext, ApiRequest } from './api.ts';
import { cancelBatch, createBatch, listBatches, showBatch } from './batches/batches-route.ts';
import { listFiles, readFileContent, removeFile, showFile, uploadFile } from './files/files-route.ts';
import { serveJob } from './job-route.ts';
import { listAllModels, showModel } from './models-route.ts';
import { showReceipt } from './receipts-route.ts';

/** `params` are the path's `:name` parts. */
export type Serve = (
  context: ApiContext,
  request: ApiRequest,
  params: Readonly<Record<string, string>>,
) => Promise<ApiAnswer>;

const sealed =
  (endpoint: EndpointName): Serve =>
  (context, request) =>
    serveJob(context, endpoint, request);

/** Everything that is served, by method and path. The first five run inside an enclave. */
export const routes: Readonly<Record<string, Serve>> = {
  'POST /v1/chat/completions': sealed('chatCompletions'),
  'POST /v1/completions': sealed('completions'),
  'POST /v1/responses': sealed('responses'),
  'POST /v1/embeddings': sealed('embeddings'),
  'POST /v1/rerank': sealed('rerank'),
  'GET /v1/receipts/:job': showReceipt,
  'GET /v1/models': listAllModels,
  'GET /v1/models/:model': showModel,
  'POST /v1/files': uploadFile,
  'GET /v1/files': listFiles,
  'GET /v1/files/:id': showFile,
  'DELETE /v1/files/:id': removeFile,
  'GET /v1/files/:id/content': readFileContent,
  'POST /v1/batches': createBatch,
  'GET /v1/batches': listBatches,
  'GET /v1/batches/:id': showBatch,
  'POST /v1/batches/:id/cancel': cancelBatch,
};

/** What of a table `METHOD /path/:name` a request is for; the first that fits. */
export function findIn<T>(
  table: Readonly<Record<string, T>>,
  { method, path }: Pick<ApiRequest, 'method' | 'path'>,
): { target: string; found: T; params: Record<string, string> } | undefined {
  const given = path.split('/');
  for (const [target, found] of Object.entries(table)) {
    const [verb, pattern = ''] = target.split(' ');
    const params = verb === method ? matchPath(pattern.split('/'), given) : undefined;
    if (params) return { target, found, params };
  }
  return undefined;
}

function matchPath(pattern: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const actual = given[index] ?? '';
    if (part.startsWith(':') && actual !== '') params[part.slice(1)] = decoded(actual);
    else if (part !== actual) return undefined;
  }
  return params;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

import { z } from 'zod';
import { ALWAYS_IGNORED, assertModel, type Parameters, readParameters } from './parameters.ts';

const document = z.union([z.string().min(1), z.strictObject({ text: z.string().min(1) })]);
const rerank = z.strictObject({
  model: z.string().nullish(),
  query: z.string().min(1),
  documents: z.array(document).min(1).max(1024),
  top_n: z.int().min(1).nullish(),
  return_documents: z.boolean().nullish(),
});

const parameters: Parameters<z.infer<typeof rerank>> = {
  read: rerank,
  ignored: new Set(ALWAYS_IGNORED),
  neutral: {},
};

export type RerankRequest = {
  readonly query: string;
  readonly documents: readonly string[];
  readonly topN: number;
  readonly returnsDocuments: boolean;
};

/** @throws RequestError */
export function readRerankRequest(json: unknown, modelNames: readonly string[]): RerankRequest {
  const request = readParameters(json, parameters);
  assertModel(request.model, modelNames);
  const documents = request.documents.map((each) => (typeof each === 'string' ? each : each.text));
  return {
    query: request.query,
    documents,
    topN: request.top_n ?? documents.length,
    returnsDocuments: request.return_documents ?? false,
  };
}

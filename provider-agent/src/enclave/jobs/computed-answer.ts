import { endpoints } from '@hearth/sdk/protocol';
import { type CommittedOutput, float32Base64 } from '@hearth/sdk/sealed-job';
import type { InferenceSequence } from '../inference/engine.ts';
import type { JobEnvironment } from './environment.ts';
import type { MeteredJob } from './job-meter.ts';
import { type EmbeddingRequest, readEmbeddingRequest } from './requests/embedding-request.ts';
import { type RerankRequest, readRerankRequest } from './requests/rerank-request.ts';

/** An answer in numbers: it has no output tokens, and comes in one piece or not at all. */
export type ComputedAnswer = {
  readonly inputTokens: number;
  compute(
    signal: AbortSignal,
  ): Promise<{ readonly body: unknown; readonly items: readonly CommittedOutput[] }>;
};

export const isComputed = (endpoint: number): boolean =>
  endpoint === endpoints.embeddings || endpoint === endpoints.rerank;

/** @throws RequestError, EnclaveError */
export function prepareComputed(
  { modelName, modelDigest }: JobEnvironment,
  { request, prefix }: MeteredJob,
  sequence: InferenceSequence,
): Promise<ComputedAnswer> {
  const names = [modelName, modelDigest];
  return prefix.header.endpoint === endpoints.embeddings
    ? prepareEmbeddings(readEmbeddingRequest(request, names), modelName, sequence)
    : prepareRanking(readRerankRequest(request, names), modelName, prefix.header.jobId, sequence);
}

async function prepareEmbeddings(
  { texts, encoding }: EmbeddingRequest,
  model: string,
  sequence: InferenceSequence,
): Promise<ComputedAnswer> {
  const { inputTokens, run } = await sequence.prepareEmbeddings(texts);
  return {
    inputTokens,
    compute: async (signal) => {
      const vectors = await run(signal);
      const items = vectors.map((vector, index) => ({ index, embedding: float32Base64(vector) }));
      const data = items.map(({ index, embedding }) => ({
        object: 'embedding',
        index,
        embedding: encoding === 'base64' ? embedding : [...(vectors[index] ?? [])],
      }));
      const usage = { prompt_tokens: inputTokens, total_tokens: inputTokens };
      return { body: { object: 'list', data, model, usage }, items };
    },
  };
}

async function prepareRanking(
  { query, documents, topN, returnsDocuments }: RerankRequest,
  model: string,
  jobId: string,
  sequence: InferenceSequence,
): Promise<ComputedAnswer> {
  const { inputTokens, method, run } = await sequence.prepareRanking(query, documents);
  return {
    inputTokens,
    compute: async (signal) => {
      const scores = await run(signal);
      const items = scores
        .map((score, index) => ({ index, relevance_score: score }))
        .sort((a, b) => b.relevance_score - a.relevance_score || a.index - b.index)
        .slice(0, topN);
      const results = items.map((item) =>
        returnsDocuments ? { ...item, document: { text: documents[item.index] } } : item,
      );
      const usage = { prompt_tokens: inputTokens, total_tokens: inputTokens };
      const id = `rerank-${jobId.slice(2, 26)}`;
      return { body: { id, object: 'list', model, results, usage, x_ranking: method }, items };
    },
  };
}

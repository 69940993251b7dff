import { encodeBase64 } from '../crypto/index.ts';
import { endpoints } from '../protocol/enums.ts';
import type { CommittedList } from './commitments.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** A function call as far as this answer tells it: one that goes on from an earlier enclave's tokens has no name. */
export interface CommittedCall {
  readonly name?: string;
  readonly arguments: string;
}

/** What the enclave answered in one choice, whether it was streamed or not. */
export interface CommittedChoice {
  /** Its place among the choices; its place in the list, if absent. */
  readonly index?: number;
  readonly content: string;
  readonly toolCalls?: readonly CommittedCall[];
}
/** Of the vector, its float32 numbers in little-endian order. */
export interface CommittedEmbedding {
  readonly index: number;
  readonly embedding: string;
}
export interface CommittedRank {
  readonly index: number;
  readonly relevance_score: number;
}
export type CommittedOutput = CommittedChoice | CommittedEmbedding | CommittedRank;

/** The numbers of a vector in little-endian order, as OpenAI sends them and commitments hold them. */
export function float32Base64(numbers: ArrayLike<number>): string {
  const bytes = new DataView(new ArrayBuffer(4 * numbers.length));
  for (let i = 0; i < numbers.length; i += 1) bytes.setFloat32(4 * i, numbers[i] as number, true);
  return encodeBase64(new Uint8Array(bytes.buffer));
}

/** The members of a request that are its prompt, in order; a list counts item by item. */
const promptMembers: Readonly<Record<number, readonly string[]>> = {
  [endpoints.chatCompletions]: ['messages', 'tools'],
  [endpoints.completions]: ['prompt'],
  [endpoints.responses]: ['instructions', 'input', 'tools'],
  [endpoints.embeddings]: ['input'],
  [endpoints.rerank]: ['query', 'documents'],
};

/**
 * The lists under a job's three commitments, split in one place so that buyer and enclave agree: what was asked is the
 * prompt, item by item, and everything else of the request is the one item of the parameters.
 */
export function committedItems(
  request: JsonObject,
  answer: readonly CommittedOutput[],
  endpoint: number = endpoints.chatCompletions,
): Record<CommittedList, readonly unknown[]> {
  const members = promptMembers[endpoint] ?? [];
  const params = Object.fromEntries(Object.entries(request).filter(([name]) => !members.includes(name)));
  return {
    params: [params],
    prompt: members.flatMap((name) => asList(request[name])),
    output: answer.map(committedOutput),
  };
}

function committedOutput(output: CommittedOutput, place: number): unknown {
  if (!('content' in output)) return output;
  const { index = place, content, toolCalls = [] } = output;
  return { index, content, ...(toolCalls.length === 0 ? {} : { toolCalls }) };
}

function asList(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

import { HearthError } from '../protocol/index.ts';
import type { JobRequest, RequestBody } from './job-request.ts';

/** What a job can use at most, before anybody has counted its tokens. */
export type JobBounds = {
  readonly inputTokens: number;
  readonly maxOutputTokens: number;
  readonly contextTokens: number;
};

const DEFAULT_MAX_OUTPUT_TOKENS = 256;
const MAX_OUTPUT_TOKENS = 2 ** 32 - 1;
const TEMPLATE_TOKENS = 64;
/** A conversation without a system message starts with the engine's own, of some 300 bytes. */
const DEFAULT_SYSTEM_PROMPT_TOKENS = 320;
/** What an engine writes around the definitions of tools: how to call them, with examples. */
const TOOL_PROMPT_TOKENS = 1024;

/** Where an endpoint has what the model reads, and the names by which its output is bounded, first one first. */
const shapes: Readonly<Record<JobRequest['endpoint'], Shape>> = {
  chatCompletions: { read: ['messages', 'tools'], bound: ['max_completion_tokens', 'max_tokens'] },
  completions: { read: ['prompt', 'suffix'], bound: ['max_tokens'] },
  responses: { read: ['instructions', 'input', 'tools'], bound: ['max_output_tokens'] },
  embeddings: { read: ['input'], bound: [] },
  rerank: { read: ['query', 'documents'], bound: [] },
};
type Shape = { readonly read: readonly string[]; readonly bound: readonly string[] };

/**
 * The enclave counts tokens; the buyer bounds them. A tokenizer yields at most a token per byte, and a chat
 * template adds a few per message.
 */
export function jobBounds({ endpoint, body }: JobRequest): JobBounds {
  const { read, bound } = shapes[endpoint];
  const bytes = read.reduce((sum, name) => sum + jsonBytes(body[name]), 0);
  const perChoice = bound.length === 0 ? 1 : outputBound(body, bound);
  const maxOutputTokens = inRange(bound[0] ?? 'n', perChoice * choices(body));
  return {
    inputTokens: (bytes + promptTokens(endpoint, body)) * runsOfPrompt(endpoint, body),
    maxOutputTokens,
    contextTokens: Math.ceil(bytes / 4) + Math.min(perChoice, 64),
  };
}

/** The most that a job within `bounds` costs at these prices, in pUSD. */
export function jobCapPicoUsd(
  bounds: JobBounds,
  prices: { readonly priceInput: bigint; readonly priceOutput: bigint },
): bigint {
  return BigInt(bounds.inputTokens) * prices.priceInput + BigInt(bounds.maxOutputTokens) * prices.priceOutput;
}

/**
 * What is left of them once tokens are out: those are evaluated again, which nobody is charged for, and the prompt, once
 * paid, is not paid again.
 */
export function boundsOfRest(
  bounds: JobBounds,
  { tokensBefore, isPromptPaid }: { readonly tokensBefore: number; readonly isPromptPaid: boolean },
): JobBounds {
  return {
    inputTokens: isPromptPaid ? 0 : bounds.inputTokens,
    maxOutputTokens: Math.max(0, bounds.maxOutputTokens - tokensBefore),
    contextTokens: bounds.contextTokens + tokensBefore,
  };
}

const jsonBytes = (part: unknown): number =>
  part === undefined || part === null ? 0 : Buffer.byteLength(JSON.stringify(part));

function outputBound(body: RequestBody, names: readonly string[]): number {
  const name = names.find((each) => body[each] !== undefined && body[each] !== null);
  return name === undefined ? DEFAULT_MAX_OUTPUT_TOKENS : inRange(name, body[name]);
}

function choices({ n }: RequestBody): number {
  return n === undefined || n === null ? 1 : inRange('n', n);
}

function inRange(param: string, given: unknown): number {
  if (Number.isInteger(given) && (given as number) >= 1 && (given as number) <= MAX_OUTPUT_TOKENS)
    return given as number;
  throw new HearthError('invalid_request', `${param}: expected a positive integer below 2^32, got ${given}`, {
    details: { param },
  });
}

/** What the engine reads beside what was written: its chat template, its own system prompt, how tools are called. */
function promptTokens(endpoint: JobRequest['endpoint'], body: RequestBody): number {
  if (endpoint !== 'chatCompletions' && endpoint !== 'responses') return TEMPLATE_TOKENS;
  return (
    TEMPLATE_TOKENS +
    (startsWithSystem(endpoint, body) ? 0 : DEFAULT_SYSTEM_PROMPT_TOKENS) +
    (Array.isArray(body['tools']) && body['tools'].length > 0 ? TOOL_PROMPT_TOKENS : 0)
  );
}

function startsWithSystem(endpoint: JobRequest['endpoint'], body: RequestBody): boolean {
  if (endpoint === 'responses' && typeof body['instructions'] === 'string') return true;
  const list = body[endpoint === 'responses' ? 'input' : 'messages'];
  const role = Array.isArray(list) ? (list[0] as { role?: unknown } | undefined)?.role : undefined;
  return role === 'system' || role === 'developer';
}

/** A query is read once with every document. */
function runsOfPrompt(endpoint: JobRequest['endpoint'], body: RequestBody): number {
  return endpoint === 'rerank' && Array.isArray(body['documents'])
    ? Math.max(1, body['documents'].length)
    : 1;
}

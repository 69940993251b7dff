import { z } from 'zod';
import { RequestError } from '../request-error.ts';

/** Which parameters of an endpoint are read, and which of the others may be there at all. */
export type Parameters<T> = {
  readonly read: z.ZodObject<z.ZodRawShape> & z.ZodType<T>;
  /** Without effect on the output, whatever they say. */
  readonly ignored: ReadonlySet<string>;
  /** Not read, and accepted only where they say what is so anyhow. */
  readonly neutral: Readonly<Record<string, unknown>>;
};

/** @throws RequestError in OpenAI's words; nothing that changes the meaning of a request is silently dropped */
export function readParameters<T>(json: unknown, { read, ignored, neutral }: Parameters<T>): T {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new RequestError('invalid_request', 'The request body must be a JSON object.');
  const kept: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(json)) {
    if (Object.hasOwn(read.shape, name)) kept[name] = given;
    else if (given !== null && !ignored.has(name) && !isNeutral(neutral, name, given))
      throw unsupported(name);
  }
  const parsed = read.safeParse(kept);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error);
}

export function unsupported(name: string, why = 'is not supported with this model'): RequestError {
  return new RequestError('unsupported_parameter', `Unsupported parameter: '${name}' ${why}.`, name);
}

/** Of every endpoint: who asks and how it is filed is nothing to the model. */
export const ALWAYS_IGNORED = [
  'user',
  'metadata',
  'store',
  'service_tier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
] as const;

export function assertModel(model: string | null | undefined, modelNames: readonly string[]): void {
  if (model == null || modelNames.includes(model)) return;
  throw new RequestError(
    'model_not_found',
    `The model '${model}' does not exist here; this is '${modelNames[0]}'.`,
    'model',
  );
}

function isNeutral(neutral: Readonly<Record<string, unknown>>, name: string, given: unknown): boolean {
  return Object.hasOwn(neutral, name) && JSON.stringify(neutral[name]) === JSON.stringify(given);
}

function invalid(error: z.ZodError): RequestError {
  const issue = deepest(error.issues[0]);
  const param = issue?.path.join('.') ?? '';
  return new RequestError(
    'invalid_request',
    `Invalid '${param}': ${issue?.message ?? 'wrong shape'}.`,
    param,
  );
}

type Issue = z.core.$ZodIssue;

/** Of a union's members, the one that came furthest tells what is wrong. */
function deepest(issue: Issue | undefined): Issue | undefined {
  if (issue?.code !== 'invalid_union') return issue;
  const inner = issue.errors
    .map(([first]) => deepest(first))
    .filter((each) => each !== undefined)
    .sort((a, b) => b.path.length - a.path.length)[0];
  return inner && inner.path.length > 0 ? { ...inner, path: [...issue.path, ...inner.path] } : issue;
}

/** An assistant's message sent back carries `refusal: null` and its like. */
export function withoutNulls(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  return Object.fromEntries(Object.entries(given).filter(([, member]) => member !== null));
}

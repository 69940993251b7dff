import { z } from 'zod';
import type { JobRequest, RequestBody } from '../client/job-request.ts';
import { HearthError } from '../protocol/index.ts';
import { MAX_REQUEST_BODY_BYTES } from '../sealed-job/wire-limits.ts';
import type { ApiRequest } from './api.ts';

const model = z.string().min(1);
const stream = z.boolean().nullish();
const oneOrMore = z.union([z.string(), z.array(z.unknown()).min(1)]);

/** Only what routing needs; every other parameter goes to the enclave, which refuses by name what it does not know. */
const bodies = {
  chatCompletions: z.looseObject({
    model,
    messages: z
      .array(z.looseObject({ role: z.string() }))
      .min(1)
      .max(1024),
    stream,
  }),
  completions: z.looseObject({ model, prompt: oneOrMore, stream }),
  responses: z.looseObject({ model, input: oneOrMore, stream }),
  embeddings: z.looseObject({ model, input: oneOrMore }),
  rerank: z.looseObject({ model, query: z.string(), documents: z.array(z.unknown()).min(1) }),
} as const satisfies Record<JobRequest['endpoint'], z.ZodType>;

/** @throws HearthError `invalid_request` with the parameter that is wrong */
export function parseRequestBody(endpoint: JobRequest['endpoint'], json: unknown): RequestBody {
  const parsed = bodies[endpoint].safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const param = issue?.path.join('.') || 'body';
    throw new HearthError('invalid_request', `${param}: ${issue?.message}`, { details: { param } });
  }
  return parsed.data;
}

/** @throws HearthError `too_large`, `invalid_request` */
export async function readJson(request: ApiRequest): Promise<unknown> {
  const bytes = await request.readBody(MAX_REQUEST_BODY_BYTES);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new HearthError('invalid_request', 'request body: expected JSON', { cause });
  }
}

import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { ChatRequest } from '../client/prepare-job.ts';
import { HearthError } from '../protocol/index.ts';

export const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** Only what routing needs; every other parameter goes to the enclave, which refuses by name what it does not know. */
const chatBody = z.looseObject({
  model: z.string().min(1),
  messages: z
    .array(z.looseObject({ role: z.string(), content: z.unknown() }))
    .min(1)
    .max(1024),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  stream: z.boolean().nullish(),
});

/** @throws HearthError `too_large`, `invalid_request` with the parameter that is wrong */
export async function readChatRequest(request: IncomingMessage): Promise<ChatRequest> {
  const text = await readBody(request);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new HearthError('invalid_request', 'request body: expected JSON', { cause });
  }
  const parsed = chatBody.safeParse(json);
  if (parsed.success) return parsed.data as ChatRequest;
  const issue = parsed.error.issues[0];
  const param = issue?.path.join('.') || 'body';
  throw new HearthError('invalid_request', `${param}: ${issue?.message}`, { details: { param } });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const tooLarge = () => new HearthError('too_large', `request body: at most ${MAX_BODY_BYTES} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  // The connection must outlive a refusal, or the client never reads it.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

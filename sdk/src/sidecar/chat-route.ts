import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { ChatRequest } from '../client/prepare-job.ts';
import { runJob } from '../client/run-job.ts';
import type { Session } from '../client/session.ts';
import { HearthError } from '../protocol/index.ts';

const MAX_BODY_BYTES = 2 * 1024 * 1024;
const HEARTBEAT_MS = 10_000;

/** Only what routing needs; every other parameter goes to the enclave, which refuses by name what it does not know. */
const chatBody = z.looseObject({
  model: z.string().min(1),
  messages: z
    .array(z.looseObject({ role: z.string(), content: z.unknown() }))
    .min(1)
    .max(1024),
  max_tokens: z.int().min(1).optional(),
  max_completion_tokens: z.int().min(1).optional(),
  stream: z.boolean().optional(),
});

export async function serveChat(
  session: Session,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chatRequest = await readChatRequest(request);
  const abort = new AbortController();
  response.on('close', () => abort.abort(new HearthError('stream_truncated', 'the client went away')));
  let heartbeat: NodeJS.Timeout | undefined;
  const pieces: Uint8Array[] = [];
  try {
    for await (const event of runJob(session, chatRequest, abort.signal)) {
      const isStream = chatRequest.stream === true;
      if (event.type === 'head' && isStream && event.status < 400) {
        response.writeHead(event.status, { ...streamHeaders, 'x-job-id': event.job.header.jobId });
        response.write(': sealed\n\n');
        heartbeat = setInterval(() => response.write(': keep-alive\n\n'), HEARTBEAT_MS);
      }
      if (event.type === 'bytes') {
        if (response.headersSent) await write(response, event.bytes);
        else pieces.push(event.bytes);
      }
      if (event.type !== 'done') continue;
      if (!response.headersSent) {
        const { job, receiptHash, status } = event.result;
        response.writeHead(status, {
          'content-type': 'application/json',
          'x-job-id': job.header.jobId,
          'x-receipt-id': receiptHash,
          'x-enclave-id': job.lease.grant.lease.body.enclaveKey,
        });
      }
      response.end(Buffer.concat(pieces));
    }
  } finally {
    clearInterval(heartbeat);
  }
}

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
};

async function readChatRequest(request: IncomingMessage): Promise<ChatRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES)
      throw new HearthError('too_large', `request body: at most ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  let json: unknown;
  try {
    json = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (cause) {
    throw new HearthError('invalid_request', 'request body: expected JSON', { cause });
  }
  const parsed = chatBody.safeParse(json);
  if (parsed.success) return parsed.data as ChatRequest;
  const issue = parsed.error.issues[0];
  const param = issue?.path.join('.') ?? '';
  throw new HearthError('invalid_request', `${param}: ${issue?.message}`, { details: { param } });
}

/** Waits for the socket when the reader is slow, so that the enclave's stream is slowed too. */
async function write(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  if (response.write(bytes) || response.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

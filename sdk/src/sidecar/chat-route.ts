import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JobResult } from '../client/run-job.ts';
import { runJob } from '../client/run-job.ts';
import type { Session } from '../client/session.ts';
import { HearthError } from '../protocol/index.ts';
import { readChatRequest } from './chat-body.ts';
import { DoneGate } from './done-gate.ts';

const HEARTBEAT_MS = 10_000;

/** Answers one chat completion, streamed as it is authenticated or in one piece. */
export async function serveChat(
  session: Session,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chatRequest = await readChatRequest(request);
  const abort = new AbortController();
  response.on('close', () => abort.abort(new HearthError('stream_truncated', 'the client went away')));
  if (response.destroyed) return; // it went away while its request was read
  const gate = new DoneGate();
  const pieces: Uint8Array[] = [];
  let heartbeat: NodeJS.Timeout | undefined;
  try {
    for await (const event of runJob(session, chatRequest, abort.signal)) {
      if (event.type === 'head' && chatRequest.stream === true && event.status < 400) {
        response.writeHead(event.status, { ...streamHeaders, 'x-job-id': event.job.header.jobId });
        response.write(': sealed\n\n');
        heartbeat = setInterval(() => response.write(': keep-alive\n\n'), HEARTBEAT_MS);
      }
      if (event.type === 'bytes') {
        if (response.headersSent) await write(response, gate.pass(event.bytes));
        else pieces.push(event.bytes);
      }
      if (event.type === 'done') {
        if (response.headersSent) response.end(gate.open());
        else response.writeHead(event.result.status, wholeHeaders(event.result)).end(Buffer.concat(pieces));
      }
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

/** An error status here is the enclave's own, authenticated word: asking again says it again. */
function wholeHeaders({ job, receiptHash, status }: JobResult): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-job-id': job.header.jobId,
    'x-receipt-id': receiptHash,
    'x-enclave-id': job.lease.grant.lease.body.enclaveKey,
    ...(status >= 400 ? { 'x-should-retry': String(status >= 500) } : {}),
  };
}

/** Waits for the socket when the reader is slow, so that the enclave's stream is slowed too. */
async function write(response: ServerResponse, text: string): Promise<void> {
  if (text === '' || response.write(text) || response.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

import { request as httpRequest, type IncomingMessage } from 'node:http';
import { parseStrictJson } from '../bytes/strict-json.ts';
import { textToUtf8, utf8ToText } from '../bytes/text.ts';
import { EvidenceError } from '../errors.ts';
import { excerpt, ProducerError } from './producer-error.ts';
import { systemErrorCode } from './tsm-filesystem.ts';

export type AgentCall = {
  readonly socketPath: string;
  readonly path: string;
  readonly body: object;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
};

/** One JSON call over a unix socket: bounded in time and size, no redirect, no retry. Throws ProducerError. */
export async function callAgent(call: AgentCall): Promise<unknown> {
  const deadline = AbortSignal.timeout(call.timeoutMs);
  const signal = AbortSignal.any([call.signal, deadline]);
  try {
    const response = await send(call, signal);
    const text = await readText(response, call.maxBytes);
    if (response.statusCode !== 200) throw refused(call, response.statusCode, text);
    return parseStrictJson(text, 'answer');
  } catch (error) {
    throw inWords(error, call, deadline);
  }
}

function send({ socketPath, path, body }: AgentCall, signal: AbortSignal): Promise<IncomingMessage> {
  const json = textToUtf8(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        socketPath,
        path,
        method: 'POST',
        agent: false,
        signal,
        headers: { host: 'localhost', 'content-type': 'application/json', 'content-length': json.length },
      },
      resolve,
    );
    request.on('error', reject);
    request.end(json);
  });
}

async function readText(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > maxBytes) throw new ProducerError('bad-answer', `answer: more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return utf8ToText(Buffer.concat(chunks), 'answer');
}

/** The agent's own words, `{"error": …}`, cut short. */
function refused({ path }: AgentCall, status: number | undefined, text: string): ProducerError {
  const code = status === 400 ? 'bad-request' : status === 404 ? 'not-supported' : 'failed';
  return new ProducerError(code, `${path}: HTTP ${status}: ${excerpt(text)}`);
}

function inWords(error: unknown, { socketPath, path, signal, timeoutMs }: AgentCall, deadline: AbortSignal) {
  const place = `dstack agent at ${socketPath}`;
  if (error instanceof ProducerError) return new ProducerError(error.code, `${place}, ${error.message}`);
  if (error instanceof EvidenceError) {
    return new ProducerError('bad-answer', `${place}, ${path}: ${error.message}`, error);
  }
  if (signal.aborted) return new ProducerError('cancelled', `${place}: no longer wanted`, error);
  if (deadline.aborted) return new ProducerError('timeout', `${place}: no answer in ${timeoutMs} ms`, error);
  const code = systemErrorCode(error);
  if (code === undefined) return error;
  const reason = socketFailures.get(code) ?? (['failed', code] as const);
  return new ProducerError(reason[0], `${place}: ${reason[1]}`, error);
}

const socketFailures: ReadonlyMap<string, readonly [ProducerError['code'], string]> = new Map([
  ['ENOENT', ['not-available', 'no such socket (not a dstack guest, or the socket is not mounted)']],
  ['ECONNREFUSED', ['not-available', 'nobody listens on the socket']],
  ['ENOTSOCK', ['not-available', 'the path is no socket']],
  ['EACCES', ['not-permitted', 'permission denied']],
  ['ECONNRESET', ['failed', 'the agent closed the connection']],
] as const);

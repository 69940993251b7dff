// A real engine with an OpenAI-type interface: node-llama-cpp behind HTTP, as little of it as an adapter needs.
// Arguments: port, model file, name of the model.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { ChatMessage } from '../enclave/inference/engine.ts';
import { LlamaEngine } from '../enclave/inference/llama-engine.ts';

const [port = '', modelPath = '', name = ''] = process.argv.slice(2);
const engine = await LlamaEngine.load({ modelPath, slots: 2, contextTokens: 0, threads: 1, gpu: false });

type Body = { messages: ChatMessage[]; max_tokens: number; stream: boolean; temperature?: number };

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.headers.authorization !== `Bearer ${process.env['ENGINE_KEY']}`)
    return void response.writeHead(401).end();
  if (request.method === 'GET') return void response.end(JSON.stringify({ data: [{ id: name }] }));
  let text = '';
  for await (const piece of request.setEncoding('utf8')) text += piece as string;
  const { messages, max_tokens, stream, temperature = 0 } = JSON.parse(text) as Body;
  const sequence = engine.createSequence();
  if (!sequence) return void response.writeHead(503).end();
  const abort = new AbortController();
  response.once('close', () => abort.abort());
  const { promptTokens, run } = await sequence.prepare(
    { prompt: { messages }, temperature, stop: [] },
    'one',
  );
  let [tokens, reason] = [0, ''];
  for await (const event of run(max_tokens, abort.signal)) {
    if (event.kind === 'end') reason = event.reason;
    else {
      tokens += event.tokenIds.length;
      const choices = [{ delta: { content: event.text } }];
      if (stream) response.write(`data: ${JSON.stringify({ choices })}\n\n`);
    }
  }
  await sequence.release();
  const usage = { prompt_tokens: promptTokens, completion_tokens: tokens };
  if (!stream) return void response.end(JSON.stringify({ usage }));
  response.write(`data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: reason }], usage })}\n\n`);
  response.end('data: [DONE]\n\n');
}

createServer((request, response) => void serve(request, response)).listen(Number(port), '127.0.0.1');

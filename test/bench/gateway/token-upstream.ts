// Process: an OpenAI-shaped chat stream in the clear, `max_tokens` tokens at a pace. argv[2]: milliseconds before each token.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const msPerToken = Number(process.argv[2]);

async function readJson(request: IncomingMessage): Promise<{ max_tokens: number }> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return JSON.parse(text);
}

const event = (delta: object, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'any',
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  })}\n\n`;

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { max_tokens } = await readJson(request);
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  for (let token = 0; token < max_tokens; token += 1) {
    await delay(msPerToken);
    const opening = token === 0 ? event({ role: 'assistant', content: '' }) : '';
    response.write(opening + event({ content: 'word ' }));
  }
  response.end(`${event({}, 'length')}data: [DONE]\n\n`);
}

const server = createServer((request, response) => void serve(request, response));
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ ready: true, url: `http://127.0.0.1:${port}` })}\n`);
});

// A server with an OpenAI-type interface, as an enclave starts one: it reads no model and answers with the words of the last
// message, backwards, a word a token. What stands in that message can make it misbehave. Arguments: port, file in which it
// keeps what it was asked.
import { appendFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

const [port = '', record = '', mode = ''] = process.argv.slice(2);
const key = process.env['ENGINE_KEY'];
if (mode === 'fails') {
  process.stderr.write('loading\nno such model\n');
  process.exit(3);
}

type Body = {
  model?: string;
  messages?: { role: string; content: string }[];
  prompt?: string;
  content?: string;
  input?: string[];
  tools?: unknown[];
  max_tokens?: number;
  stream?: boolean;
};

const words = (text: string) => text.split(' ').filter((word) => word !== '');
const countOf = ({ messages, prompt = '' }: Body) =>
  words(messages ? messages.map(({ content }) => content).join(' ') : prompt).length;

const posts: Record<string, (body: Body, response: ServerResponse) => void> = {
  '/apply-template': ({ messages = [] }, response) =>
    json(response, { prompt: messages.map(({ content }) => content).join(' ') }),
  '/tokenize': (body, response) => {
    const count = body.content === undefined ? countOf(body) : words(body.content).length;
    json(response, { tokens: Array.from({ length: count }, (_, i) => i), count });
  },
  '/v1/embeddings': ({ input = [] }, response) => {
    const data = input.map((text, index) => ({ index, embedding: [3, 4 * text.length] })).reverse();
    json(response, { data, usage: { prompt_tokens: words(input.join(' ')).length } });
  },
  '/v1/chat/completions': (body, response) => answer(body, response, (content) => ({ delta: { content } })),
  '/v1/completions': (body, response) => answer(body, response, (text) => ({ text })),
  '/api/create': (_body, response) => json(response, { status: 'success' }),
};

function answer(body: Body, response: ServerResponse, piece: (text: string) => object): void {
  const asked = body.messages?.at(-1)?.content ?? body.prompt ?? '';
  const said = words(asked).reverse();
  const tokens = said.slice(0, body.max_tokens).map((word, i) => (i === 0 ? word : ` ${word}`));
  const prompt_tokens = countOf(body);
  if (!body.stream) return json(response, { usage: { prompt_tokens, completion_tokens: tokens.length } });
  if (asked.includes('!crash')) process.exit(1);
  const chunk = (choice: object, more: object = {}) =>
    response.write(`data: ${JSON.stringify({ choices: [choice], ...more })}\r\n\r\n`);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(': a comment\n\n');
  chunk({ delta: { role: 'assistant', content: '' } });
  if (asked.includes('!endless')) {
    response.once('close', () => appendFileSync(record, `${JSON.stringify({ closed: true })}\n`));
    chunk(piece('on'));
    return;
  }
  if (asked.includes('!call')) {
    const call = (function_: object) => chunk({ delta: { tool_calls: [{ index: 0, function: function_ }] } });
    call({ name: 'weather', arguments: '' });
    call({ arguments: '{"city":"Ulm"}' });
    chunk({ delta: {}, finish_reason: 'tool_calls' });
  } else {
    for (const token of tokens) chunk(piece(token));
    chunk({ ...piece(''), finish_reason: tokens.length < said.length ? 'length' : 'stop' });
  }
  if (asked.includes('!break')) return void response.end();
  const usage = {
    prompt_tokens: prompt_tokens + (asked.includes('!prompt') ? 1 : 0),
    completion_tokens: tokens.length + (asked.includes('!fewer') ? -1 : 1), // a token that says nothing ends the answer
  };
  if (!asked.includes('!free')) response.write(`data: ${JSON.stringify({ choices: [], usage })}\n\n`);
  response.end('data: [DONE]\n\n');
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { url: path = '', method, headers } = request;
  const bytes = await bytesOf(request);
  if (headers.authorization !== `Bearer ${key}`) return void response.writeHead(401).end();
  if (path === '/health' || path === '/api/version') return void response.writeHead(200).end();
  if (path === '/v1/models') return json(response, { data: [{ id: 'ember' }] });
  if (path.startsWith('/api/blobs/')) {
    appendFileSync(record, `${JSON.stringify({ path, bytes: bytes.length })}\n`);
    return void response.writeHead(201).end();
  }
  const body = JSON.parse(bytes.toString('utf8')) as Body;
  appendFileSync(record, `${JSON.stringify({ path, ...body })}\n`);
  const handle = method === 'POST' ? posts[path] : undefined;
  if (!handle) return void response.writeHead(404).end();
  handle(body, response);
}

createServer((request, response) => void serve(request, response)).listen(Number(port), '127.0.0.1');

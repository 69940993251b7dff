import type { Client, ClientKind } from './client.ts';
import { type Break, CutServer, recordResponse } from './cut-server.ts';

/** An answer to be recorded: how to ask for it, and what stands at the end of a whole one. */
export type Recording = {
  readonly name: string;
  readonly path: string;
  readonly body: object;
  /** Where a client may stop reading; undefined: at the last byte only. */
  readonly closing?: RegExp;
  ask(client: Client): Promise<string>;
};

/** An answer as it came, and from which byte on a client may call it whole. */
export type Recorded = Recording & { readonly bytes: Buffer; readonly wholeAt: number };

const question = { prompt: 'How long is a piece of string?', maxTokens: 4 };
const chat = { messages: [{ role: 'user', content: question.prompt }], max_tokens: 4, temperature: 0 };
const response = { input: question.prompt, max_output_tokens: 4, temperature: 0 };
const input = 'A piece of string.';

/** Three answers for the clients of an endpoint: in one piece, streamed, and embeddings. */
export function recordings(endpoint: ClientKind['endpoint']): Recording[] {
  const [path, body] = endpoint === 'chat' ? ['/chat/completions', chat] : ['/responses', response];
  return [
    { name: 'whole', path, body, ask: (client) => client.chat(question) },
    {
      name: 'stream',
      path,
      body: { ...body, stream: true },
      closing:
        endpoint === 'chat' ? /data: \[DONE\]/ : /event: response\.(?:completed|incomplete)\ndata: [^\n]*\n/,
      ask: async (client) => {
        let text = '';
        for await (const piece of client.stream(question)) text += piece;
        return text;
      },
    },
    {
      name: 'embeddings',
      path: '/embeddings',
      body: { input, encoding_format: 'base64' },
      ask: async (client) => JSON.stringify(await client.embed(input)),
    },
  ];
}

export async function record(baseURL: string, model: string, recording: Recording): Promise<Recorded> {
  const { path, body, closing } = recording;
  const bytes = await recorded(`${baseURL}${path}`, { model, ...body });
  const end = closing?.exec(bytes.toString('latin1'));
  if (closing && !end) throw new Error(`${recording.name}: expected ${closing} in it`);
  const wholeAt = end ? end.index + end[0].length : bytes.length;
  return { ...recording, bytes, wholeAt };
}

async function recorded(url: string, body: object): Promise<Buffer> {
  const bytes = await recordResponse(url, body);
  if (!bytes.toString('latin1').startsWith('HTTP/1.1 200 '))
    throw new Error(`${url}: expected an answer to record, got ${bytes.toString('utf8').slice(0, 400)}`);
  return bytes;
}

export type CutReport = { readonly cuts: number; readonly accepted: string[] };

/** How many clients are cut at the same time. */
const AT_ONCE = 32;

/** Cuts one recorded answer at every offset given. @returns where the client took what it had for a whole answer */
export async function cutAnswers(
  kind: ClientKind,
  answer: Recorded,
  offsets: readonly number[],
  how: Break,
  retries: { maxRetries?: number },
): Promise<CutReport> {
  const server = await CutServer.start();
  server.responses.set(answer.path, answer.bytes);
  const accepted: string[] = [];
  const open = offsets.filter((offset) => offset < answer.wholeAt)[Symbol.iterator]();
  let cuts = 0;
  const worker = async () => {
    for (const offset of open) {
      cuts += 1;
      const client = kind.open({ baseURL: server.baseUrl(offset, how), model: 'recorded', ...retries });
      const text = await answer.ask(client).catch(() => undefined);
      if (text !== undefined) accepted.push(`${answer.name} cut at byte ${offset} (${how}): took ${text}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } finally {
    await server.stop();
  }
  return { cuts, accepted };
}

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addCheckpointPath } from '../protocol/index.ts';
import type { Witness, WitnessAnswer } from './witness.ts';

/** A note, 63 hashes and some signatures are far below this. */
const MAX_BODY_BYTES = 64 * 1024;

export type WitnessServer = { readonly url: string; stop(): Promise<void> };

/** Serves `POST /add-checkpoint`; whoever may reach it may send: the log's signature is the only credential. */
export async function serveWitness(
  witness: Witness,
  listen: { readonly host: string; readonly port: number },
  onAnswer: (answer: WitnessAnswer) => void,
): Promise<WitnessServer> {
  const server = createServer((request, response) => {
    const answered = async () => {
      if (request.method !== 'POST' || request.url !== addCheckpointPath)
        return response.writeHead(404).end();
      const body = await readBody(request);
      if (body === undefined) return response.writeHead(413).end();
      const answer = await witness.addCheckpoint(body);
      onAnswer(answer);
      return response
        .writeHead(answer.status, { 'content-type': answer.contentType ?? 'text/plain; charset=utf-8' })
        .end(answer.body);
    };
    answered().catch((error: Error) => {
      process.stderr.write(`hearth: internal: ${error.stack}\n`);
      response.writeHead(500).end();
    });
  });
  server.requestTimeout = 10_000;
  server.maxConnections = 256;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

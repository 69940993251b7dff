import { createServer, type IncomingMessage } from 'node:http';
import { type ChainHost, startChainHost } from './chain-process.ts';
import { type Postgres, startUnsharedPostgres } from './postgres.ts';

/**
 * One Postgres and one EVM process for a whole jest run, each started when the first test file asks. Lives in jest's parent
 * process; test files reach it over loopback HTTP because jest gives them no other way to share anything.
 */
export interface SharedServer {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startSharedServer(): Promise<SharedServer> {
  let postgres: Promise<Postgres> | undefined;
  let chains: ChainHost | undefined;
  const routes: Record<string, (body: never) => Promise<unknown>> = {
    '/postgres': async () => {
      postgres ??= startUnsharedPostgres();
      return { url: (await postgres).url };
    },
    '/chain/create': async (chain: Parameters<ChainHost['createChain']>[0]) => {
      chains ??= startChainHost();
      return { port: await chains.createChain(chain) };
    },
    '/chain/close': async ({ port }: { port: number }) => {
      await chains?.closeChain(port);
      return {};
    },
  };
  const server = createServer((request, response) => {
    void answer(routes[request.url ?? ''], request).then(({ status, text }) => {
      response.writeHead(status, { connection: 'close' }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    stop: async () => {
      await new Promise((resolve) => server.close(resolve));
      await chains?.stop();
      await (await postgres)?.stop();
    },
  };
}

async function answer(
  route: ((body: never) => Promise<unknown>) | undefined,
  request: IncomingMessage,
): Promise<{ status: number; text: string }> {
  if (route === undefined) return { status: 404, text: `no route ${request.url}` };
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return {
      status: 200,
      text: JSON.stringify(await route(JSON.parse(Buffer.concat(chunks).toString()) as never)),
    };
  } catch (error) {
    return { status: 500, text: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { routes, verifyCheckpoint } from '@hearth/sdk/protocol';
import type { FileLog } from './file-log.ts';

/** A recorded log with every note that it signed, by size and time. */
export interface RecordedLog {
  readonly log: Pick<FileLog, 'entries' | 'inclusion' | 'consistency'>;
  readonly notes: readonly string[];
  readonly logKey: `0x${string}`;
}

const PAGE = 1000;

/** Serves a recorded log on the gateway's public routes. */
export async function serveLog({
  log,
  notes,
  logKey,
}: RecordedLog): Promise<{ url: string; stop(): Promise<void> }> {
  const signed = notes.map((note) => ({ note, checkpoint: verifyCheckpoint(note, logKey) }));
  const answer = (path: string, number: (name: string) => number): unknown => {
    switch (path) {
      case routes.checkpoint:
        return { note: notes.at(-1) };
      case routes.checkpoints: {
        const [treeSize, afterMs] = [number('treeSize'), number('afterMs')];
        const first = signed.findIndex(
          ({ checkpoint: c }) => c.treeSize > treeSize || (c.treeSize === treeSize && c.timeMs > afterMs),
        );
        return { notes: first < 0 ? [] : notes.slice(first, first + PAGE) };
      }
      case routes.logEntries: {
        const start = number('start');
        return { start, entries: log.entries(start, Math.min(number('end'), start + PAGE)) };
      }
      case routes.inclusion: {
        const [index, treeSize] = [number('index'), number('treeSize')];
        return { index, treeSize, path: log.inclusion(index, treeSize) };
      }
      case routes.consistency:
        return { path: log.consistency(number('from'), number('to')) };
      default:
        return undefined;
    }
  };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://log');
    const body = answer(pathname, (name) => Number(searchParams.get(name)));
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

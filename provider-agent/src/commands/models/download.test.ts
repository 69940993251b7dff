import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { CatalogueEntry } from './catalogue.ts';
import { downloadModel } from './download.ts';

const file = randomBytes(300_000);
const sha256 = createHash('sha256').update(file).digest('hex');

let dir: string;
const servers: Server[] = [];
const cuts: { at: number; cut: () => void }[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hearth-models-'));
});
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(dir, { recursive: true });
});

type Habit = {
  /** Each answer stops after so many bytes; its connection is cut once they have arrived. */
  readonly cutAfter?: number;
  readonly content?: Buffer;
  readonly knowsRanges?: boolean;
  readonly status?: number;
};

/** A mirror, and what it was asked for. */
async function mirror({ cutAfter, content = file, knowsRanges = true, status }: Habit = {}) {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const { range } = request.headers;
    asked.push(range);
    if (status) return void response.writeHead(status).end();
    const start = knowsRanges ? Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0) : 0;
    const rest = content.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': rest.length,
      ...(start > 0 && { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
    });
    if (cutAfter === undefined) response.end(rest);
    else {
      response.write(rest.subarray(0, cutAfter));
      cuts.push({ at: Math.min(start + cutAfter, content.length), cut: () => response.destroy() });
    }
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.gguf`, asked };
}

const model = (mirrors: string[], over: Partial<CatalogueEntry> = {}): CatalogueEntry => ({
  ...{ name: 'model', file: 'model.gguf', bytes: file.length, sha256, licence: 'none', mirrors },
  ...over,
});

function fetchIt(entry: CatalogueEntry) {
  const said: string[] = [];
  const seen: number[] = [];
  const done = downloadModel(entry, dir, {
    onProgress: (bytes) => {
      seen.push(bytes);
      for (const { at, cut } of cuts) if (at <= bytes) cut();
    },
    say: (text) => said.push(text),
    pause: async () => {},
    signal: new AbortController().signal,
  });
  return { done, said, seen };
}

test('a connection that is cut is gone on with where it stopped, with the next mirror, and the whole is right', async () => {
  const [bad, good] = [await mirror({ cutAfter: 100_000 }), await mirror({ cutAfter: 100_000 })];
  const { done, seen } = fetchIt(model([bad.url, good.url]));
  const path = await done;
  expect(readFileSync(path).equals(file)).toBe(true);
  expect(existsSync(`${path}.part`)).toBe(false);
  expect([bad.asked, good.asked]).toEqual([[undefined, 'bytes=200000-'], ['bytes=100000-']]);
  expect(seen.at(-1)).toBe(file.length);
  expect([...seen].sort((a, b) => a - b)).toEqual(seen);
});

test('the next run goes on with what an earlier one left, and one that has the file asks nobody', async () => {
  writeFileSync(join(dir, 'model.gguf.part'), file.subarray(0, 123_456));
  const { url, asked } = await mirror();
  await fetchIt(model([url])).done;
  expect(asked).toEqual(['bytes=123456-']);
  await fetchIt(model([url])).done;
  expect(asked).toHaveLength(1);
});

test('a mirror without ranges begins anew; one that is down is passed over', async () => {
  writeFileSync(join(dir, 'model.gguf.part'), file.subarray(0, 5_000));
  const [down, plain] = [await mirror({ status: 503 }), await mirror({ knowsRanges: false })];
  const { done, said } = fetchIt(model([down.url, plain.url]));
  expect(readFileSync(await done).equals(file)).toBe(true);
  expect(said).toEqual([`${down.url}: HTTP 503`]);
});

test('a mirror with another file, or with more of it, is never believed and not asked again', async () => {
  const forged = await mirror({ content: randomBytes(file.length) });
  const longer = await mirror({ content: Buffer.concat([file, file]) });
  const right = await mirror();
  const { done, said } = fetchIt(model([forged.url, longer.url, right.url]));
  expect(readFileSync(await done).equals(file)).toBe(true);
  expect(said).toContain(`${forged.url}: another file than the catalogue names; not asked again`);
  expect(forged.asked).toHaveLength(1);
});

test('a forged beginning is thrown away, and the mirror that went on with it is not blamed', async () => {
  writeFileSync(join(dir, 'model.gguf.part'), randomBytes(7_000));
  const { url, asked } = await mirror();
  const { done } = fetchIt(model([url]));
  expect(readFileSync(await done).equals(file)).toBe(true);
  expect(asked).toEqual(['bytes=7000-', undefined]);
});

test('a path is a mirror too; where none delivers, it ends and says what is kept', async () => {
  const here = join(dir, 'on-a-stick.gguf');
  writeFileSync(here, file);
  expect(readFileSync(await fetchIt(model([here])).done).equals(file)).toBe(true);
  rmSync(join(dir, 'model.gguf'));
  const { done } = fetchIt(model([join(dir, 'nowhere.gguf'), (await mirror({ status: 404 })).url]));
  await expect(done).rejects.toMatchObject({ code: 'model_unavailable' });
});

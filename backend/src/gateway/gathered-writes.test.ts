import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { GatheredWrites } from './gathered-writes.ts';

/** A reader that takes what it is given when it is told to. */
function slowReader() {
  const taken: Buffer[] = [];
  const waiting: (() => void)[] = [];
  let isEnded = false;
  const out = new Writable({
    highWaterMark: 1 << 20,
    write(chunk: Buffer, _encoding, done) {
      taken.push(chunk);
      waiting.push(done);
    },
    final(done) {
      isEnded = true;
      done();
    },
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const take = async () => {
    waiting.shift()?.();
    await settled();
  };
  return { out, taken, take, settled, isEnded: () => isEnded };
}

test('small pieces for a quick reader go as they come, and the end with them', async () => {
  const { out, taken, take, settled, isEnded } = slowReader();
  const written: number[] = [];
  const writes = new GatheredWrites(out, out, (bytes) => written.push(bytes));
  writes.write(Buffer.from('one'));
  writes.write(Buffer.from('two'));
  writes.end();
  await settled();
  await take();
  await take();
  expect([taken.map(String), written, isEnded()]).toEqual([['one', 'two'], [3, 3], true]);
});

test('what comes within one turn of the event loop leaves in one piece', async () => {
  const pieces: string[][] = [];
  const out = new Writable({
    writev(chunks, done) {
      pieces.push(chunks.map(({ chunk }) => String(chunk)));
      done();
    },
  });
  const writes = new GatheredWrites(out, out, () => {});
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  writes.write(Buffer.from('head'));
  writes.write(Buffer.from('first'));
  await turn();
  writes.write(Buffer.from('second'));
  await turn();
  expect(pieces).toEqual([['head', 'first'], ['second']]);
});

test('the end of an HTTP answer comes behind what the same turn wrote', async () => {
  const server = createServer((request, response) => {
    const writes = new GatheredWrites(response, request.socket, () => {});
    writes.write(Buffer.from('head '));
    setImmediate(() => {
      writes.write(Buffer.from('data '));
      writes.write(Buffer.from('final'));
      writes.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const answers = Array.from({ length: 3 }, async () => (await fetch(`http://127.0.0.1:${port}`)).text());
    expect(await Promise.all(answers)).toEqual(Array(3).fill('head data final'));
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('pieces for a reader that does not read are gathered, whole and in order, and counted once they have left', async () => {
  const { out, taken, take, settled, isEnded } = slowReader();
  const written: number[] = [];
  const writes = new GatheredWrites(out, out, (bytes) => written.push(bytes));
  const pieces = Array.from({ length: 100 }, (_, index) => Buffer.alloc(277, index));
  writes.write(Buffer.alloc(5000, 'a'));
  for (const piece of pieces) writes.write(piece);
  writes.end();
  await settled();
  expect(taken).toHaveLength(1);
  expect([written, isEnded()]).toEqual([[], false]);
  await take();
  await take();
  expect(taken.map(({ length }) => length)).toEqual([5000, 27_700]);
  expect(taken[1]?.equals(Buffer.concat(pieces))).toBe(true);
  expect([written, isEnded()]).toEqual([[5000, 27_700], true]);
});

test('last words come behind everything, and are said once they have left', async () => {
  const { out, taken, take, settled } = slowReader();
  const writes = new GatheredWrites(out, out, () => {});
  let isSaid = false;
  writes.write(Buffer.alloc(5000));
  writes.endWith(Buffer.from('lost'), () => {
    isSaid = true;
  });
  await settled();
  await take();
  expect([String(taken[1]), isSaid]).toEqual(['lost', false]);
  await take();
  expect(isSaid).toBe(true);
});

test('what a slow reader has yet to take holds its own bytes, not the network buffer around them', async () => {
  const { out, taken, take, settled } = slowReader();
  const writes = new GatheredWrites(out, out, () => {});
  const network = Buffer.alloc(64 * 1024, 7);
  const piece = (index: number) => network.subarray(index * 300, (index + 1) * 300);
  writes.write(piece(0));
  for (let index = 1; index < 40; index += 1) writes.write(piece(index));
  await settled();
  for (let written = 0; written < taken.length; written += 1) await take();
  expect(Buffer.concat(taken)).toEqual(network.subarray(0, 40 * 300));
  expect(taken.map(({ buffer }) => buffer.byteLength)).toEqual(taken.map(({ length }) => length));
});

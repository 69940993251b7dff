import { createHmac } from 'node:crypto';
import { fromHex, type Hex, sha256, toHex } from '@hearth/attestation/receipt';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Opening } from '../protocol/bundle.ts';
import { endpoints } from '../protocol/enums.ts';
import { concatBytes } from './big-endian.ts';
import { commit, openItems, verifyOpening } from './commitments.ts';
import { committedItems } from './committed-items.ts';

const cek = new Uint8Array(32).fill(3);
const items = [{ role: 'system', content: 'be brief' }, { role: 'user', content: 'yes' }, 3, ['x'], null];

test('one item commits to SHA-256(0 ‖ salt ‖ JCS), with the salt of RFC 5869', () => {
  const prk = createHmac('sha256', Buffer.alloc(32)).update(cek).digest();
  const info = Buffer.concat([Buffer.from('hearth salt'), Buffer.from([2, 0, 0, 0, 0, 1])]);
  const salt = createHmac('sha256', prk).update(info).digest();
  const leaf = sha256(concatBytes(Uint8Array.of(0), salt, Buffer.from('{"content":"hi","role":"user"}')));
  expect(commit('prompt', [{ role: 'user', content: 'hi' }], cek)).toBe(toHex(leaf));
});

test('every item opens, alone, and under no other root', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { minLength: 1, maxLength: 9 }), fc.nat(), (list, pick) => {
      const index = pick % list.length;
      const root = commit('prompt', list, cek);
      const opening = openItems('prompt', list, cek)[index] as Opening;
      expect(verifyOpening(root, opening)).toBe(true);
      expect(verifyOpening(commit('output', list, cek), opening)).toBe(false);
      expect(verifyOpening(commit('prompt', list, new Uint8Array(32)), opening)).toBe(false);
      expect(verifyOpening(commit('prompt', [...list, 1], cek), opening)).toBe(false);
    }),
    { numRuns: 200 },
  );
});

const root = commit('prompt', items, cek);
const honest = openItems('prompt', items, cek)[1] as Opening;
const changes: readonly (readonly [string, Partial<Opening>])[] = [
  ['another item', { item: { role: 'user', content: 'no' } }],
  ['another index', { index: 2 }],
  ['an index outside', { index: 9 }],
  ['another size', { size: 9 }],
  ['another salt', { salt: `0x${'00'.repeat(32)}` as Hex }],
  ['a salt of another length', { salt: '0x00' as Hex }],
  ['a shorter path', { path: honest.path.slice(1) }],
  ['a longer path', { path: [...honest.path, honest.path[0] as Hex] }],
  ['a path that is not hex', { path: ['0xzz' as Hex] }],
  ['an item that is not JSON', { item: undefined }],
];
test.each(changes)('%s does not verify', (_, change) => {
  expect(verifyOpening(root, honest)).toBe(true);
  expect(verifyOpening(root, { ...honest, ...change })).toBe(false);
});

test('a byte of the item cannot be read as a byte of the salt', () => {
  const twelve = commit('prompt', [12], cek);
  const [opening] = openItems('prompt', [12], cek) as [Opening];
  expect(verifyOpening(twelve, { ...opening, salt: `${opening.salt}31`, item: 2 })).toBe(false);
});

test('equal items have different leaves, and the three lists never share a salt', () => {
  const same = ['yes', 'yes'];
  const salts = (['params', 'prompt', 'output'] as const).flatMap((list) =>
    openItems(list, same, cek).map(({ salt }) => salt),
  );
  expect(new Set(salts).size).toBe(6);
  expect(new Set(openItems('prompt', same, cek).map(({ path }) => path[0])).size).toBe(2);
  expect(fromHex(salts[0] as Hex)).toHaveLength(32);
});

test('a chat request splits into messages and tools, the rest, and the choices', () => {
  const request = {
    model: 'ember',
    temperature: 0,
    messages: [{ role: 'user', content: 'hi' }],
    tools: [{ type: 't' }],
  };
  const calls = [{ name: 'f', arguments: '{}' }];
  expect(committedItems(request, [{ content: 'hello' }, { content: '', toolCalls: calls }])).toEqual({
    params: [{ model: 'ember', temperature: 0 }],
    prompt: [{ role: 'user', content: 'hi' }, { type: 't' }],
    output: [
      { index: 0, content: 'hello' },
      { index: 1, content: '', toolCalls: calls },
    ],
  });
  expect(committedItems({ model: 'ember' }, []).prompt).toEqual([]);
});

test.each([
  [endpoints.completions, { prompt: 'once' }, ['once']],
  [endpoints.completions, { prompt: ['a', 'b'] }, ['a', 'b']],
  [endpoints.responses, { tools: ['t'], input: 'hi', instructions: 'be kind' }, ['be kind', 'hi', 't']],
  [endpoints.embeddings, { input: ['a'] }, ['a']],
  [endpoints.rerank, { documents: ['x', 'y'], query: 'q' }, ['q', 'x', 'y']],
])('what was asked at endpoint %i is the prompt, the rest are parameters', (endpoint, request, prompt) => {
  expect(committedItems({ model: 'ember', ...request }, [], endpoint)).toEqual({
    params: [{ model: 'ember' }],
    prompt,
    output: [],
  });
});

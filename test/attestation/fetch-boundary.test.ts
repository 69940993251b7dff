import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from '@jest/globals';

const source = join(import.meta.dirname, '../../attestation/src');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => ({ name, text: readFileSync(join(source, name), 'utf8') }));
const inFetch = (name: string): boolean => relative('fetch', name).startsWith('..') === false;

test('nothing outside of fetch/ imports it: what verifies has no way to the network', () => {
  const importers = files.filter(({ name, text }) => !inFetch(name) && /from '[^']*\/fetch\//.test(text));
  expect(importers.map(({ name }) => name)).toEqual([]);
});

test('fetch/ runs in browsers: no node modules, no Buffer', () => {
  const own = files.filter(({ name }) => inFetch(name));
  expect(own.length).toBeGreaterThan(30);
  expect(own.filter(({ text }) => /from 'node:|\bBuffer\b/.test(text)).map(({ name }) => name)).toEqual([]);
});

test('fetch/ takes clock, chance, timers and network from its ports only', () => {
  const ambient = /\bDate\.now\b|\bMath\.random\b|\bsetTimeout\b|\bglobalThis\b/;
  const users = files.filter(({ name, text }) => inFetch(name) && ambient.test(text));
  expect(users.map(({ name }) => name)).toEqual([join('fetch', 'ports.ts')]);
});

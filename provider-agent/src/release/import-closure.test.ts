import { expect, test } from '@jest/globals';
import { importSpecifiers } from './import-closure.ts';

test('every form of import that tsc writes is found', () => {
  const source = `
import './side-effect.js';
import def from "a";
import { x, y as z } from './b.js';
import * as ns from 'node:fs';
export * from './c.js';
export { q } from '@hearth/sdk/protocol';
import {
  many,
  lines,
} from './d.js';
const lazy = await import('./e.js');
`;
  expect(importSpecifiers(source)).toEqual([
    './side-effect.js',
    'a',
    './b.js',
    'node:fs',
    './c.js',
    '@hearth/sdk/protocol',
    './d.js',
    './e.js',
  ]);
});

test('words in comments and strings are no imports', () => {
  const source = `
// import { x } from './comment.js';
/* export * from './block.js'; */
export const text = 'taken from';
export function from(x) { return x; }
`;
  expect(importSpecifiers(source)).toEqual([]);
});

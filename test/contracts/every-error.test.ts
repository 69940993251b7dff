import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import * as bindings from '../../contracts/bindings/index.ts';
import * as snpBindings from '../../contracts/bindings/snp.ts';
import { repositoryRoot } from '../market/paths.ts';

const filesIn = (folder: string, ending: string) =>
  readdirSync(join(repositoryRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending) && !name.startsWith('dist'))
    .map((name) => readFileSync(join(repositoryRoot, folder, name), 'utf8'));
const declared = new Set(
  filesIn('contracts/src', '.sol').flatMap((text) =>
    [...text.matchAll(/^\s*error (\w+)\(/gm)].map(([, name]) => name as string),
  ),
);

/** As tests name an error that they expect: `Thing.Name.selector`, `"Name(uint256)"`, `errorName: 'Name'`, … */
const named = new Set(
  [...filesIn('contracts/test', '.t.sol'), ...filesIn('test', '.test.ts')].flatMap((text) =>
    [...text.matchAll(/(\w+)\.selector|["'](\w+)(?:\(|["'])/g)].map(([, a, b]) => (a ?? b) as string),
  ),
);

test('every error that the contracts declare is expected by a test', () => {
  expect(declared.size).toBeGreaterThan(100);
  expect([...declared].filter((name) => !named.has(name))).toEqual([]);
});

// OpenZeppelin's own errors are tested where they are written.
test('every error of ours is in the bindings, so that whoever meets it can read it', () => {
  const inAbis = new Set(
    Object.values({ ...bindings, ...snpBindings }).flatMap((value) =>
      Array.isArray(value)
        ? value.filter(({ type }) => type === 'error').map(({ name }) => String(name))
        : [],
    ),
  );
  expect([...declared].filter((name) => !inAbis.has(name))).toEqual([]);
});

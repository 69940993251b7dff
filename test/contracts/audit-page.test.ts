import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot } from '../market/paths.ts';

const read = (path: string) => readFileSync(join(repositoryRoot, path), 'utf8');
const page = read('docs/audit.md');
const claims = [...page.matchAll(/`([^`]+\.(?:t\.sol|test\.ts))` · `([^`]+)`/g)].map(([, file, title]) => ({
  file: file as string,
  title: title as string,
}));
const threatRows = page
  .slice(page.indexOf('## Threats'), page.indexOf('## Storage'))
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| Threat '));

test('every threat names a test', () => {
  expect(threatRows.length).toBeGreaterThan(40);
  expect(threatRows.filter((row) => !/`[^`]+` · `[^`]+`/.test(row))).toEqual([]);
});

test('every test that the page names is there', () => {
  const missing = claims.filter(({ file, title }) => {
    const text = read(file);
    return file.endsWith('.t.sol') ? !text.includes(`function ${title}(`) : !text.includes(`'${title}'`);
  });
  expect(missing).toEqual([]);
});

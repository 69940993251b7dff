import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot } from '../market/paths.ts';

/** Packages and functions that can open sealed bytes. The gateway must not be able to reach any of them. */
const forbiddenPackages = [
  'hpke',
  '@panva/hpke-noble',
  '@hpke/core',
  '@noble/ciphers',
  '@noble/post-quantum',
  'node-llama-cpp',
];
const forbiddenWords = [
  /createDecipher/,
  /\.decrypt\(/,
  /subtle\.(?:decrypt|unwrapKey)/,
  /openRequest|openResponse|openJob/,
  /diffieHellman/i,
];

const source = (path: string): string => readFileSync(path, 'utf8');
const importsOf = (path: string): string[] =>
  [
    ...source(path).matchAll(
      /^(?:import|export)\s(?!type\s)[^;]*?from '([^']+)'|import\('([^']+)'\)|^import '([^']+)'/gm,
    ),
  ].map(([, from, dynamic, bare]) => (from ?? dynamic ?? bare) as string);

/** Source file of a workspace's export or own `#` import (`source` condition), or undefined for a package from outside. */
function workspaceSource(specifier: string, importer: string): string | undefined {
  if (specifier.startsWith('#')) {
    const [own = ''] = relative(repositoryRoot, importer).split(sep);
    const workspace = join(repositoryRoot, own);
    const { imports } = JSON.parse(source(join(workspace, 'package.json'))) as {
      imports: Record<string, { source: string }>;
    };
    return join(workspace, imports[specifier]?.source ?? specifier);
  }
  const match = /^@hearth\/([^/]+)(?:\/(.+))?$/.exec(specifier);
  if (!match) return undefined;
  const workspace = join(repositoryRoot, match[1] as string);
  const { exports } = JSON.parse(source(join(workspace, 'package.json'))) as {
    exports: Record<string, { source: string }>;
  };
  const target = exports[match[2] === undefined ? '.' : `./${match[2]}`]?.source;
  if (target === undefined) throw new Error(`${specifier}: not exported`);
  return join(workspace, target);
}

function reachable(entries: readonly string[]): { files: Set<string>; packages: Map<string, string> } {
  const files = new Set<string>();
  const packages = new Map<string, string>();
  const queue = [...entries];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    for (const specifier of importsOf(file)) {
      const next = specifier.startsWith('.')
        ? join(dirname(file), specifier)
        : workspaceSource(specifier, file);
      if (next === undefined) packages.set(specifier, file);
      else if (existsSync(next)) queue.push(next);
      else throw new Error(`${file}: ${specifier} leads to ${next}, which is not there`);
    }
  }
  return { files, packages };
}

const backendFiles = readdirSync(join(repositoryRoot, 'backend/src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => join(repositoryRoot, 'backend/src', name));
const { files, packages } = reachable(backendFiles);

test('nothing the backend can reach in this repository opens sealed bytes', () => {
  expect(files.size).toBeGreaterThan(backendFiles.length + 30); // the walk left the backend
  const able = [...files].filter((file) => forbiddenWords.some((word) => word.test(source(file))));
  expect(able.map((file) => relative(repositoryRoot, file))).toEqual([]);
});

test('no package for opening sealed bytes is reached', () => {
  expect(
    [...packages.keys()].filter((name) =>
      forbiddenPackages.some((bad) => name === bad || name.startsWith(`${bad}/`)),
    ),
  ).toEqual([]);
});

test('the same walk finds them from the enclave, so it would find them here', () => {
  const enclave = reachable([join(repositoryRoot, 'provider-agent/src/enclave/main.ts')]);
  const able = [...enclave.files].filter((file) => forbiddenWords.some((word) => word.test(source(file))));
  expect(able.length).toBeGreaterThan(0);
  expect([...enclave.packages.keys()].some((name) => forbiddenPackages.includes(name))).toBe(true);
});

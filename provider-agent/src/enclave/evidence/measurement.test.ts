import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModelManifest } from '@hearth/sdk/protocol';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { measureCode, measuredFolders } from './measured-code.ts';
import { measuredConfig } from './measured-config.ts';
import { dependencyClosure, measureRuntime, ownProcessFacts } from './measured-runtime.ts';
import { type MeasuredParts, measurementOf, releaseIdOf } from './measurement.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hearth-test-'));
  for (const folder of measuredFolders)
    await write(`${folder}/deep/index.js`, `export const folder = '${folder}';`);
  for (const workspace of ['provider-agent', 'sdk', 'attestation', 'contracts'])
    await write(`${workspace}/package.json`, '{}');
});
afterEach(() => rm(root, { recursive: true }));

async function write(path: string, text: string) {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

const model: ModelManifest = {
  v: 1,
  name: 'ember',
  files: [{ name: 'ember.gguf', sha256: `0x${'aa'.repeat(32)}`, bytes: 1 }],
  tokenizer: 'gguf',
  chatTemplateSha256: `0x${'bb'.repeat(32)}`,
  quantisation: 'q8_0',
  engine: { name: 'node-llama-cpp', version: '3.22.1' },
};
const parts: MeasuredParts = {
  code: [{ path: 'a.js', sha384: '00' }],
  runtime: { node: 'v24.0.0', execArgv: [], nodeOptions: '', packages: [] },
  config: measuredConfig,
  models: [model],
};

test.each([
  ['mrtd', { code: [{ path: 'a.js', sha384: '01' }] }],
  ['rtmr0', { runtime: { ...parts.runtime, execArgv: ['--import=evil.js'] } }],
  ['rtmr1', { config: { ...measuredConfig, interimReceiptEveryMs: 9 as unknown as 2000 } }],
  ['rtmr2', { models: [{ ...model, quantisation: 'q4_0' }] }],
] as const)('a changed part changes %s and no other register', (register, change) => {
  const before = measurementOf(parts);
  const after = measurementOf({ ...parts, ...change });
  const changed = Object.keys(before).filter((name) => after[name as 'mrtd'] !== before[name as 'mrtd']);
  expect(changed).toEqual([register]);
});

test('builds for a GPU are part of the runtime where one computes, and of no other release', async () => {
  const lockRoot = fileURLToPath(new URL('../../../..', import.meta.url));
  const facts = { ...ownProcessFacts(false), platform: 'linux', arch: 'x64' };
  const packagesOn = async (gpu: 'cuda' | 'vulkan' | false) => {
    const { packages } = await measureRuntime(lockRoot, { ...facts, gpu });
    return packages.map(({ path }) => path).filter((path) => path.includes('@node-llama-cpp/'));
  };
  const builds = 'node_modules/@node-llama-cpp/linux-x64';
  expect(await packagesOn(false)).toEqual([]);
  expect(await packagesOn('vulkan')).toEqual([`${builds}-vulkan`]);
  expect(await packagesOn('cuda')).toEqual([`${builds}-cuda`, `${builds}-cuda-ext`]);
});

test('the release id is that of the code, whatever the model', () => {
  const before = releaseIdOf(measurementOf(parts));
  expect(releaseIdOf(measurementOf({ ...parts, models: [] }))).toBe(before);
  expect(releaseIdOf(measurementOf({ ...parts, code: [] }))).not.toBe(before);
});

test.each(measuredFolders)(
  'one edited, added or renamed script in %s changes the code measurement',
  async (folder) => {
    const before = await measureCode(root);
    await write(`${folder}/deep/index.js`, `export const folder = '${folder} ';`);
    expect(await measureCode(root)).not.toEqual(before);
    await write(`${folder}/deep/index.js`, `export const folder = '${folder}';`);
    expect(await measureCode(root)).toEqual(before);
    await write(`${folder}/more.js`, '');
    expect(await measureCode(root)).not.toEqual(before);
  },
);

test('declarations and source maps are not code', async () => {
  const before = await measureCode(root);
  await write(`${measuredFolders[0]}/index.d.ts`, '');
  await write(`${measuredFolders[0]}/index.js.map`, '');
  expect(await measureCode(root)).toEqual(before);
});

test('dependencies are found where Node would find them, nested before hoisted', () => {
  const packages = {
    'node_modules/a': { version: '1', integrity: 'ia', dependencies: { b: '*', c: '*' } },
    'node_modules/b': { version: '2', integrity: 'ib-hoisted' },
    'node_modules/a/node_modules/b': { version: '1', integrity: 'ib-nested', dependencies: { c: '*' } },
    'node_modules/c': { version: '3', integrity: 'ic', dependencies: { a: '*' } },
    'node_modules/unrelated': { version: '1', integrity: 'x' },
  };
  expect(dependencyClosure(packages, ['a'])).toEqual([
    { path: 'node_modules/a', version: '1', integrity: 'ia' },
    { path: 'node_modules/a/node_modules/b', version: '1', integrity: 'ib-nested' },
    { path: 'node_modules/c', version: '3', integrity: 'ic' },
  ]);
  expect(() => dependencyClosure(packages, ['missing'])).toThrow('no entry for missing');
});

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { gpuPackages } from '../../provider-agent/src/enclave/inference/gpu-choice.ts';
import { installGpu, removeGpu } from '../../scripts/gpu.mjs';

const machine = { platform: 'linux', arch: 'x64' } as const;
const vulkan = 'node_modules/@node-llama-cpp/linux-x64-vulkan';

let root: string;
let archive: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hearth-test-'));
  archive = join(root, 'build.tgz');
  mkdirSync(join(root, 'package'));
  writeFileSync(join(root, 'package/build.node'), 'code');
  spawnSync('tar', ['-czf', archive, '-C', root, 'package']);
});
afterEach(() => rmSync(root, { recursive: true }));

function lock(integrity: string | undefined): void {
  const packages = { [vulkan]: { version: '1.2.3', ...(integrity ? { integrity } : {}) } };
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }));
}
const integrityOf = (path: string) =>
  `sha512-${createHash('sha512').update(readFileSync(path)).digest('base64')}`;
const install = (kind: 'cuda' | 'vulkan' = 'vulkan') => {
  const asked: string[] = [];
  const pack = (spec: string) => {
    asked.push(spec);
    return archive;
  };
  return { asked, names: installGpu(kind, { root, ...machine, pack }) };
};

test('a build that is what the lock says is put where the engine looks, and off takes it away', () => {
  lock(integrityOf(archive));
  const { asked, names } = install();
  expect(asked).toEqual(['@node-llama-cpp/linux-x64-vulkan@1.2.3']);
  expect(names).toEqual(gpuPackages('vulkan', 'linux', 'x64'));
  expect(readFileSync(join(root, vulkan, 'build.node'), 'utf8')).toBe('code');
  removeGpu(root);
  expect(existsSync(join(root, vulkan))).toBe(false);
});

test('one that is not is refused, and nothing of it stays', () => {
  lock('sha512-other');
  expect(() => install()).toThrow(
    /linux-x64-vulkan 1.2.3: expected sha512-other as in package-lock.json, got/,
  );
  expect(readdirSync(join(root, 'node_modules/@node-llama-cpp'))).toEqual([]);
});

test('a kind that this machine has no build for is said', () => {
  lock(undefined);
  expect(() => install()).toThrow(/no digest of @node-llama-cpp\/linux-x64-vulkan/);
  expect(() => install('cuda')).toThrow(/there is no cuda for this machine/);
});

test('the lock of this repository has the digests of what it offers on Linux', () => {
  const { packages } = JSON.parse(
    readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'),
  ) as {
    packages: Record<string, { integrity?: string }>;
  };
  for (const name of [...gpuPackages('cuda', 'linux', 'x64'), ...gpuPackages('vulkan', 'linux', 'x64')])
    expect(packages[`node_modules/${name}`]?.integrity).toMatch(/^sha512-/);
});

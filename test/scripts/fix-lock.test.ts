import { expect, test } from '@jest/globals';
import { fixLock } from '../../scripts/fix-lock.mjs';

interface Entry {
  version: string;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  engines?: { node: string };
  optionalDependencies?: Record<string, string>;
}

function fixed(packages: Record<string, Entry>): Record<string, Entry> {
  return (
    JSON.parse(fixLock(JSON.stringify({ lockfileVersion: 3, packages }))) as {
      packages: Record<string, Entry>;
    }
  ).packages;
}

test('an optional package loses its engines, a required one keeps them', () => {
  const packages = fixed({
    'node_modules/a': { version: '1.0.0', optional: true, engines: { node: '>=22' } },
    'node_modules/b': { version: '1.0.0', engines: { node: '>=22' } },
  });
  expect(packages['node_modules/a']?.engines).toBeUndefined();
  expect(packages['node_modules/b']?.engines).toEqual({ node: '>=22' });
});

test('a binary of another platform that the registry did not offer is added under that platform', () => {
  const packages = fixed({
    'node_modules/edr': {
      version: '1.0.0',
      optionalDependencies: { '@n/edr-darwin-arm64': '1.0.0', '@n/edr-win32-x64-msvc': '1.0.0' },
    },
  });
  expect(packages['node_modules/@n/edr-darwin-arm64']).toEqual({
    version: '1.0.0',
    os: ['darwin'],
    cpu: ['arm64'],
    optional: true,
  });
  expect(packages['node_modules/@n/edr-win32-x64-msvc']?.os).toEqual(['win32']);
});

test('a binary locked beside its nested parent is not added again', () => {
  const packages = fixed({
    'node_modules/p/node_modules/edr': {
      version: '2.0.0',
      optionalDependencies: { 'edr-linux-x64': '2.0.0' },
    },
    'node_modules/p/node_modules/edr-linux-x64': { version: '2.0.0', optional: true },
  });
  expect(Object.keys(packages)).toHaveLength(2);
});

test('GPU builds get an operating system nobody has, ARM builds the processor in their name', () => {
  const packages = fixed({
    'node_modules/@node-llama-cpp/linux-x64-cuda': {
      version: '1.0.0',
      optional: true,
      os: ['linux'],
      cpu: ['x64'],
    },
    'node_modules/@node-llama-cpp/linux-arm64': {
      version: '1.0.0',
      optional: true,
      os: ['linux'],
      cpu: ['arm64', 'x64'],
    },
    'node_modules/@node-llama-cpp/linux-x64': {
      version: '1.0.0',
      optional: true,
      os: ['linux'],
      cpu: ['x64'],
    },
  });
  expect(packages['node_modules/@node-llama-cpp/linux-x64-cuda']?.os).toEqual(['gpu-opt-in']);
  expect(packages['node_modules/@node-llama-cpp/linux-arm64']?.cpu).toEqual(['arm64']);
  expect(packages['node_modules/@node-llama-cpp/linux-x64']?.os).toEqual(['linux']);
});

test('fixing a fixed lock changes nothing', () => {
  const once = fixLock(
    JSON.stringify({
      packages: { 'node_modules/b': { version: '1.0.0', optionalDependencies: { 'b-linux-x64': '1.0.0' } } },
    }),
  );
  expect(fixLock(once)).toBe(once);
});

test('a missing package whose name tells no platform is an error, not a guess', () => {
  expect(() =>
    fixed({ 'node_modules/b': { version: '1.0.0', optionalDependencies: { fast: '1.0.0' } } }),
  ).toThrow(/"fast"/);
});

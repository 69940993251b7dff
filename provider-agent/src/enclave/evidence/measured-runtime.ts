import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type GpuBackend, gpuPackages } from '../inference/gpu-choice.ts';

/** Packages that measured code imports; their dependencies follow from the lock file. */
export const measuredPackages = [
  '@noble/curves',
  '@noble/hashes',
  '@panva/hpke-noble',
  'canonicalize',
  'hpke',
  'node-llama-cpp',
  'secp256k1',
  'tiny-secp256k1',
  'viem', // only because the contracts' bindings import a hex helper of it
  'yaml',
  'zod',
] as const;

export type MeasuredRuntime = {
  readonly node: string;
  /** Flags that change which code runs; the ones that only silence warnings are left out. */
  readonly execArgv: readonly string[];
  readonly nodeOptions: string;
  readonly packages: readonly {
    readonly path: string;
    readonly version: string;
    readonly integrity: string;
  }[];
};

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      integrity: z.string().optional(),
      dependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});
type LockedPackages = z.infer<typeof lockSchema>['packages'];

/** How a process was started, and what it computes on; a release expects neither flags nor options. */
export type ProcessFacts = {
  readonly execArgv: readonly string[];
  readonly nodeOptions: string;
  readonly gpu: GpuBackend;
  readonly platform: string;
  readonly arch: string;
};

export function ownProcessFacts(gpu: GpuBackend): ProcessFacts {
  const { execArgv, platform, arch, env } = process;
  return { execArgv, nodeOptions: env['NODE_OPTIONS'] ?? '', gpu, platform, arch };
}

/**
 * What the lock file promises of the runtime. Optional and platform packages are left out, so that one release serves
 * every platform, but for the builds of a GPU that computes: with them it is another release; that a package on disk is the one of the lock is npm's check at install time, not ours.
 */
export async function measureRuntime(
  root: string,
  { execArgv, nodeOptions, gpu, platform, arch }: ProcessFacts,
): Promise<MeasuredRuntime> {
  const lock = lockSchema.parse(JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')));
  return {
    node: process.version,
    execArgv: execArgv.filter((flag) => !flag.startsWith('--disable-warning=')),
    nodeOptions,
    packages: dependencyClosure(lock.packages, [...measuredPackages, ...gpuPackages(gpu, platform, arch)]),
  };
}

/** @returns sorted by their place in node_modules. */
export function dependencyClosure(
  packages: LockedPackages,
  names: readonly string[],
): MeasuredRuntime['packages'] {
  const pending = names.map((name) => locate(packages, '', name));
  const seen = new Set<string>();
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    for (const name of Object.keys(packages[path]?.dependencies ?? {}))
      pending.push(locate(packages, path, name));
  }
  return [...seen].sort().map((path) => {
    const { version = '', integrity = '' } = packages[path] ?? {};
    return { path, version, integrity };
  });
}

/** Node's lookup: the nearest node_modules on the way up. */
function locate(packages: LockedPackages, from: string, name: string): string {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (packages[path]) return path;
    if (folder === '')
      throw new Error(`package-lock.json: no entry for ${name}, a dependency of ${from || 'the enclave'}`);
  }
}

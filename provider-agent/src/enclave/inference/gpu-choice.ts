/** What a home can ask for; `auto` takes the best that is there, the CPU where none is. */
export const gpuChoices = ['off', 'auto', 'cuda', 'vulkan', 'metal'] as const;

/** As llama.cpp's binding calls it: a kind that is asked for by name, or whatever there is. */
export type GpuChoice = false | Exclude<(typeof gpuChoices)[number], 'off'>;
/** What it has come to. */
export type GpuBackend = false | 'cuda' | 'vulkan' | 'metal';

export const gpuChoiceOf = (name: (typeof gpuChoices)[number]): GpuChoice => (name === 'off' ? false : name);

/** Packages of node-llama-cpp with the builds for a kind of GPU on this platform; none for the CPU, whose build every one has. */
export function gpuPackages(backend: GpuBackend, platform: string, arch: string): readonly string[] {
  if (backend === false) return [];
  const system = { darwin: 'mac', linux: 'linux', win32: 'win' }[platform] ?? platform;
  const names = backend === 'cuda' ? ['cuda', 'cuda-ext'] : [backend];
  return names.map((name) => `@node-llama-cpp/${system}-${arch}-${name}`);
}

import { GgufInsights, type Llama, readGgufFileInfo } from 'node-llama-cpp';

export type MemoryNeeds = { readonly weightsBytes: number; readonly contextBytes: number };

/**
 * What llama.cpp will take for a model, by its own arithmetic, before it takes it: of memory, or of a GPU's, or of both.
 * @param llama the binding that asks, where one runs already; otherwise one more is started, which takes half a second
 */
export async function memoryNeeds(
  modelPath: string,
  { slots, contextTokens }: { readonly slots: number; readonly contextTokens: number },
  llama?: Llama,
): Promise<MemoryNeeds> {
  const info = await readGgufFileInfo(modelPath, { sourceType: 'filesystem', logWarnings: false });
  const insights = await GgufInsights.from(info, llama);
  const onCpu = { useMmap: false } as const;
  const weights = await insights.estimateModelResourceRequirementsV2({ ...onCpu, gpuLayers: 0 });
  const context = await insights.estimateContextResourceRequirementsV2({
    ...onCpu,
    modelGpuLayers: 0,
    contextSize: contextTokens || insights.trainContextSize || 4096,
    sequences: slots,
  });
  return { weightsBytes: weights.cpuRam, contextBytes: context.cpuRam };
}

/** Why it does not fit, in words; undefined where it does. */
export function memoryShortage(
  { weightsBytes, contextBytes }: MemoryNeeds,
  availableBytes: number,
  gpuBytes = 0,
): string | undefined {
  if (weightsBytes + contextBytes <= availableBytes + gpuBytes) return undefined;
  const onGpu = gpuBytes > 0 ? ` and ${gib(gpuBytes)} on the GPU` : '';
  return `needs ${gib(weightsBytes + contextBytes)} (${gib(weightsBytes)} for weights, ${gib(contextBytes)} for contexts), ${gib(availableBytes)}${onGpu} are available`;
}

export const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;

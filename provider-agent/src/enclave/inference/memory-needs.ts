import { GgufInsights, readGgufFileInfo } from 'node-llama-cpp';

export type MemoryNeeds = { readonly weightsBytes: number; readonly contextBytes: number };

/** What llama.cpp will take of this machine's memory for a model on the CPU, by its own arithmetic, before it takes it. */
export async function memoryNeeds(
  modelPath: string,
  { slots, contextTokens }: { readonly slots: number; readonly contextTokens: number },
): Promise<MemoryNeeds> {
  const info = await readGgufFileInfo(modelPath, { sourceType: 'filesystem', logWarnings: false });
  const insights = await GgufInsights.from(info);
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
export function memoryShortage(needs: MemoryNeeds, availableBytes: number): string | undefined {
  const { weightsBytes, contextBytes } = needs;
  if (weightsBytes + contextBytes <= availableBytes) return undefined;
  return `needs ${gib(weightsBytes + contextBytes)} (${gib(weightsBytes)} for weights, ${gib(contextBytes)} for contexts), ${gib(availableBytes)} are available`;
}

export const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;

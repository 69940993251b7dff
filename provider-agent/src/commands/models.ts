import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AgentError } from '../agent-error.ts';
import { gib, memoryNeeds, memoryShortage } from '../enclave/inference/memory-needs.ts';
import { type CopiedFile, digestOfFiles, readFiles } from '../enclave/model/private-copy.ts';
import { bundledCatalogue, type CatalogueEntry, loadCatalogue } from './models/catalogue.ts';
import { downloadModel } from './models/download.ts';

export type ModelsOptions = {
  readonly configPath: string;
  /** Of the owner; the one that comes with the agent otherwise. */
  readonly cataloguePath: string | undefined;
  readonly signal: AbortSignal;
  say(line: string): void;
  /** Shown in place of the last one. */
  showProgress(text: string): void;
};

export async function listModels({
  cataloguePath = bundledCatalogue,
}: ModelsOptions): Promise<CatalogueEntry[]> {
  return loadCatalogue(cataloguePath);
}

/** Fetches a model beside home.yaml, and says what to write there. */
export async function getModel(name: string, options: ModelsOptions): Promise<Record<string, string>> {
  const { cataloguePath = bundledCatalogue, configPath, signal, say, showProgress } = options;
  const models = await loadCatalogue(cataloguePath);
  const model = models.find((each) => each.name === name);
  if (!model)
    throw new AgentError(
      'usage',
      `models get: ${name ? `${cataloguePath} has no ${name}` : 'expected a name'}; the catalogue has ${models.map((each) => each.name).join(', ')}`,
    );
  const path = await downloadModel(model, join(dirname(resolve(configPath)), 'models'), {
    onProgress: (bytes, total) =>
      showProgress(`${model.file}: ${((100 * bytes) / total).toFixed(1)} % of ${gib(total)}`),
    say,
    pause: (ms) => delay(ms, undefined, { signal }),
    signal,
  });
  const shortage = memoryShortage(
    await memoryNeeds(path, { slots: 1, contextTokens: 0 }),
    process.availableMemory(),
  );
  if (shortage) say(`On the CPU of this machine ${name} ${shortage}.`);
  return { path, sha256: model.sha256 };
}

/** What home.yaml says of a model as `sha256`, with the files that it is of. */
export async function digestModel(path: string): Promise<{ sha256: string; files: readonly CopiedFile[] }> {
  const model = await readFiles(resolve(path));
  return { sha256: digestOfFiles(model).slice(2), files: model.files };
}

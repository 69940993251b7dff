import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelManifest } from '@hearth/sdk/protocol';
import { repositoryRoot } from './paths.ts';

/** The model that ships with the repository. */
export const emberPath = join(repositoryRoot, 'provider-agent/models/ember-2m-q8_0.gguf');

export function emberSha256(): string {
  return createHash('sha256').update(readFileSync(emberPath)).digest('hex');
}

/**
 * Base prices of the demonstration model, µUSD per million tokens. Far dearer than a model of its size could ask, so that
 * one short answer moves an amount one can see (200 µUSD a token).
 */
export const emberPrices = {
  inputMicroUsdPerMTok: '20000000',
  cachedInputMicroUsdPerMTok: '5000000',
  outputMicroUsdPerMTok: '200000000',
} as const;

/** What `CATALOGUE_FILE` of the backend holds. */
export function catalogueOf(manifest: ModelManifest): string {
  return JSON.stringify([{ manifest, ...emberPrices }]);
}

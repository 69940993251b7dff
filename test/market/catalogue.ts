import { join } from 'node:path';
import type { ModelManifest } from '@hearth/sdk/protocol';
import { repositoryRoot } from './paths.ts';

/** What every home of a market runs. */
export interface SaleModel {
  readonly path: string;
  /** Lower-case hex without 0x. */
  readonly sha256: string;
  /** As buyers ask for it. */
  readonly name: string;
  /** What one job may use, prompt and answer together. */
  readonly contextTokens: number;
}

/** The model that ships with the repository. */
export const emberPath = join(repositoryRoot, 'provider-agent/models/ember-2m-q8_0.gguf');

/** Of the file as published (provider-agent/models/*.md): a home refuses any other bytes. */
export const emberSha256 = 'bb70cc3b2c57404574731905a57b5f26341ac9cae5d109b3e7fa4a0f2d8cdcc0';

export const ember: SaleModel = {
  path: emberPath,
  sha256: emberSha256,
  name: 'ember-2m-q8_0',
  contextTokens: 512,
};

/**
 * Base prices of the demonstration model, µUSD per million tokens. Far dearer than a model of its size could ask, so that
 * one short answer moves an amount one can see (200 µUSD a token).
 */
export const emberPrices = {
  inputMicroUsdPerMTok: '20000000',
  cachedInputMicroUsdPerMTok: '5000000',
  outputMicroUsdPerMTok: '200000000',
} as const;

/** What `CATALOGUE_FILE` of the backend holds: the model is for sale for all that it can. */
export function catalogueOf(manifest: ModelManifest): string {
  return JSON.stringify([
    {
      manifest,
      prices: { chat: emberPrices, completion: emberPrices, embedding: emberPrices, rerank: emberPrices },
    },
  ]);
}

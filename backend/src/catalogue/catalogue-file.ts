import { readFile } from 'node:fs/promises';
import { type ModelManifest, modelManifest, uintString } from '@hearth/sdk/protocol';
import { z } from 'zod';

const catalogueFile = z
  .array(
    z.strictObject({
      manifest: modelManifest,
      inputMicroUsdPerMTok: uintString(64),
      cachedInputMicroUsdPerMTok: uintString(64),
      outputMicroUsdPerMTok: uintString(64),
    }),
  )
  .max(1000)
  .refine((models) => new Set(models.map(({ manifest }) => manifest.name)).size === models.length, {
    error: 'expected each model name once',
  });

/** A model on sale: what exactly is run, and what one unit of it costs before an ask's multiplier. */
export interface CatalogueModel {
  readonly manifest: ModelManifest;
  readonly inputMicroUsdPerMTok: bigint;
  readonly cachedInputMicroUsdPerMTok: bigint;
  readonly outputMicroUsdPerMTok: bigint;
}

/** @throws Error `CATALOGUE_INVALID` that names the place */
export async function loadCatalogue(path: string): Promise<CatalogueModel[]> {
  const parsed = z.safeDecode(catalogueFile, JSON.parse(await readFile(path, 'utf8')));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`CATALOGUE_INVALID: ${path}: ${problems.join('; ')}`);
}

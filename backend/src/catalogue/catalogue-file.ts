import { readFile } from 'node:fs/promises';
import {
  type JobClass,
  jobClasses,
  type ModelManifest,
  modelManifest,
  uintString,
} from '@hearth/sdk/protocol';
import { z } from 'zod';

/** What a model can be sold for. Vision is none of them: no model here sees. */
const className = z.enum(['chat', 'completion', 'embedding', 'rerank']);

const basePrices = z.strictObject({
  inputMicroUsdPerMTok: uintString(64),
  cachedInputMicroUsdPerMTok: uintString(64),
  outputMicroUsdPerMTok: uintString(64),
});

const catalogueFile = z
  .array(
    z.strictObject({
      manifest: modelManifest,
      prices: z
        .partialRecord(className, basePrices)
        .refine((prices) => Object.keys(prices).length > 0, { error: 'expected prices of a class' }),
    }),
  )
  .max(1000)
  .refine((models) => new Set(models.map(({ manifest }) => manifest.name)).size === models.length, {
    error: 'expected each model name once',
  });

/** A model on sale for one class of jobs: what exactly is run, and what one unit of it costs before an ask's multiplier. */
export interface CatalogueModel extends z.output<typeof basePrices> {
  readonly manifest: ModelManifest;
  readonly class: JobClass;
}

/** @throws Error `CATALOGUE_INVALID` that names the place */
export async function loadCatalogue(path: string): Promise<CatalogueModel[]> {
  const parsed = z.safeDecode(catalogueFile, JSON.parse(await readFile(path, 'utf8')));
  if (parsed.success)
    return parsed.data.flatMap(({ manifest, prices }) =>
      className.options.flatMap((name) => {
        const base = prices[name];
        return base ? [{ manifest, class: jobClasses[name], ...base }] : [];
      }),
    );
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`CATALOGUE_INVALID: ${path}: ${problems.join('; ')}`);
}

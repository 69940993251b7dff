import { join } from 'node:path';
import { writeRandomModel } from '../builders/random-model.ts';
import type { SaleModel } from '../market/catalogue.ts';

/**
 * A model whose answers last (10 ms a token and more on one thread) and end only at their token limit: for stories in
 * which something happens while an answer is on its way.
 */
export async function slowModel(dir: string): Promise<SaleModel> {
  const name = 'random-70m-q8_0';
  const contextTokens = 1024;
  const { path, sha256 } = await writeRandomModel({
    path: join(dir, `${name}.gguf`),
    seed: 'stories',
    layers: 6,
    width: 1024,
    contextTokens,
  });
  return { path, sha256, name, contextTokens };
}

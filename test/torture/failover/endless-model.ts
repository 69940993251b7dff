import { join } from 'node:path';
import { writeRandomModel } from '../../builders/random-model.ts';
import type { SaleModel } from '../../market/catalogue.ts';

export const ENDLESS = 'random-endless-q8_0';

/** Random weights: answers that never end by themselves, at about a millisecond a token, in all sorts of bytes. */
export async function endlessModel(dir: string): Promise<SaleModel> {
  const contextTokens = 512;
  const { path, sha256 } = await writeRandomModel({
    path: join(dir, `${ENDLESS}.gguf`),
    seed: 'failover',
    layers: 3,
    width: 256,
    contextTokens,
  });
  return { path, sha256, name: ENDLESS, contextTokens };
}

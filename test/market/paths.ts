import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The repository, whether this runs from source (jest) or from `test/dist`. */
export const repositoryRoot = findRoot(import.meta.dirname);

function findRoot(from: string): string {
  return existsSync(join(from, 'hardhat.config.ts')) ? from : findRoot(dirname(from));
}

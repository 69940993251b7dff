import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ManifestEntry, parseManifest } from '../src/manifest/entry.ts';

/**
 * The shared conformance vectors, read in place: the evidence belongs to those who published it and is not copied
 * into this repository. HEARTH_VECTORS names the folder; beside the repository it is found by itself.
 */
const folder = resolve(process.env.HEARTH_VECTORS ?? join(import.meta.dirname, '../../../shared/vectors'));

/** Undefined, with the reason printed, where the vectors are not; a CI run must have them. */
export function loadManifest(): readonly ManifestEntry[] | undefined {
  const path = join(folder, 'manifest.json');
  if (!existsSync(path)) {
    const reason = `conformance vectors not found at ${folder} (set HEARTH_VECTORS)`;
    if (process.env.CI) throw new Error(reason);
    process.stdout.write(`skipped: ${reason}\n`);
    return undefined;
  }
  return parseManifest(readFileSync(path, 'utf8'));
}

export function readVectorFile(path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(folder, path)));
}

/** Reads an entry's files by field; throws for a field that the entry lacks. */
export function readerOf({ id, files }: ManifestEntry): (fileField: string) => Uint8Array {
  return (field) => {
    const path = files[field];
    if (path === undefined) throw new Error(`entry ${id} has no file ${field}`);
    return readVectorFile(path);
  };
}

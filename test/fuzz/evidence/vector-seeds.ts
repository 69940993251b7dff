import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { judgeEntry, type ManifestEntry, parseManifest } from '@hearth/attestation/manifest';
import { signedPart } from './signed-part.ts';
import { formOf, type Seed } from './target.ts';

/** HEARTH_VECTORS names the folder; beside the repository it is found by itself. */
function vectorsFolder(): string {
  return resolve(process.env['HEARTH_VECTORS'] ?? join(process.cwd(), '../shared/vectors'));
}

/** Public evidence that is valid as it stands, judged as its manifest entry asks; none where the vectors are not. */
export function vectorSeeds(folder: string = vectorsFolder()): readonly Seed[] {
  const manifest = join(folder, 'manifest.json');
  if (!existsSync(manifest)) return [];
  const read = (path: string): Uint8Array => new Uint8Array(readFileSync(join(folder, path)));
  return parseManifest(readFileSync(manifest, 'utf8'))
    .filter(({ expect: { verdict } }) => verdict === 'valid')
    .map((entry) => seedOf(entry, read));
}

function seedOf(entry: ManifestEntry, read: (path: string) => Uint8Array): Seed {
  return {
    target: entry.kind.replace(/-v\d$/, ''),
    name: entry.id,
    parts: Object.entries(entry.files).map(([name, path]) => {
      const bytes = read(path);
      return { name, form: formOf(name, bytes), bytes };
    }),
    run: (files) => {
      const { verdict } = judgeEntry(entry, (field) => files[field] ?? new Uint8Array());
      return verdict === 'valid' ? { result: 'accepted', signed: signedPart(files) } : { result: 'refused' };
    },
  };
}

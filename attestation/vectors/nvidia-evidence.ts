import { describe, expect, test } from '@jest/globals';
import { utf8ToText } from '../src/bytes/text.ts';
import { differences, type ManifestEntry, parseManifest } from '../src/manifest/entry.ts';
import { judgeNvidiaEntry } from '../src/manifest/judge-nvidia.ts';
import { loadManifest, readVectorFile } from './manifest.ts';

/** Every entry of one kind through the judge, as `hearth evidence judge` does it. */
export function describeNvidiaVectors(kind: string): void {
  if (loadManifest() === undefined) {
    test.skip(`${kind}: the vectors are not here`, () => {});
    return;
  }
  describe(`${kind} conformance`, () => {
    const manifest = parseManifest(utf8ToText(readVectorFile('manifest.json'), 'manifest'));
    const entries = manifest.filter((entry) => entry.kind === kind);

    test('the set is there, with both verdicts', () => {
      const verdicts = new Set(entries.map((entry) => entry.expect.verdict));
      expect(verdicts).toEqual(new Set(['valid', 'invalid']));
    });

    test.each(entries.map((entry) => [entry.id, entry] as const))('%s', (_id, entry) => {
      expect(differences(entry, judgeNvidiaEntry(entry, reader(entry)))).toEqual([]);
    });
  });
}

function reader({ id, files }: ManifestEntry): (field: string) => Uint8Array {
  return (field) => {
    const path = files[field];
    if (path === undefined) throw new Error(`entry ${id} has no file ${field}`);
    return readVectorFile(path);
  };
}

import { describe, expect, test } from '@jest/globals';
import { utf8ToText } from '../src/bytes/text.ts';
import { differences, type ManifestEntry, parseManifest } from '../src/manifest/entry.ts';
import { judgeNvidiaRimEntry } from '../src/manifest/judge-nvidia-rim.ts';
import { loadManifest, readVectorFile } from './manifest.ts';

const isHere = loadManifest() !== undefined;

if (!isHere) test.skip('nvidia-rim conformance: the vectors are not here', () => {});
else describe('nvidia-rim conformance', judgeAll);

function judgeAll(): void {
  const manifest = parseManifest(utf8ToText(readVectorFile('manifest.json'), 'manifest'));
  const entries = manifest.filter(({ kind }) => kind === 'nvidia-rim');

  test('the set is there', () => {
    expect(entries.length).toBeGreaterThan(0);
  });

  test.each(entries.map((entry) => [entry.id, entry] as const))('%s', (_id, entry) => {
    expect(differences(entry, judgeNvidiaRimEntry(entry, reader(entry)))).toEqual([]);
  });
}

function reader({ id, files }: ManifestEntry): (field: string) => Uint8Array {
  return (field) => {
    const path = files[field];
    if (path === undefined) throw new Error(`entry ${id} has no file ${field}`);
    return readVectorFile(path);
  };
}

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

  test('no changed byte of a genuine manifest is accepted', () => {
    const genuine = entries.filter((entry) => entry.expect.verdict === 'valid');
    const accepted: string[] = [];
    for (const entry of genuine) {
      const rim = reader(entry)('rim');
      for (let at = 0; at < rim.length; at += 89) {
        const changed = rim.map((byte, index) => (index === at ? byte ^ (1 << (at % 8)) : byte));
        if (judgeNvidiaRimEntry(entry, () => changed).verdict === 'valid') accepted.push(`${entry.id} ${at}`);
      }
    }
    expect(accepted).toEqual([]);
  });
}

function reader({ id, files }: ManifestEntry): (field: string) => Uint8Array {
  return (field) => {
    const path = files[field];
    if (path === undefined) throw new Error(`entry ${id} has no file ${field}`);
    return readVectorFile(path);
  };
}

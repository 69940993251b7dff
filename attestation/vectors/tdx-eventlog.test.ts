import { describe, expect, test } from '@jest/globals';
import { utf8ToText } from '../src/bytes/text.ts';
import { differences, type ManifestEntry, parseManifest } from '../src/manifest/entry.ts';
import { judgeEventLogEntry } from '../src/manifest/judge-event-log.ts';
import { loadManifest, readVectorFile } from './manifest.ts';

const isHere = loadManifest() !== undefined;

if (!isHere) test.skip('event log conformance: the vectors are not here', () => {});
else describe('event log conformance', judgeAll);

function judgeAll(): void {
  const manifest = parseManifest(utf8ToText(readVectorFile('manifest.json'), 'manifest'));
  const entries = manifest.filter(({ kind }) => kind === 'tdx-eventlog');

  test('the set is there, with both verdicts', () => {
    const verdicts = new Set(entries.map((entry) => entry.expect.verdict));
    expect(verdicts).toEqual(new Set(['valid', 'invalid']));
  });

  test.each(entries.map((entry) => [entry.id, entry] as const))('%s', (_id, entry) => {
    const verdict = judgeEventLogEntry(entry, reader(entry));
    expect(differences(entry, verdict)).toEqual([]);
  });
}

function reader({ id, files }: ManifestEntry): (field: string) => Uint8Array {
  return (field) => {
    const path = files[field];
    if (path === undefined) throw new Error(`entry ${id} has no file ${field}`);
    return readVectorFile(path);
  };
}

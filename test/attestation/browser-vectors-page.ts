import { differences, type ManifestEntry } from '../../attestation/src/manifest/entry.ts';
import { judgeEntry } from '../../attestation/src/manifest/judge-entry.ts';

// What the second page of chromium.test.ts runs: every entry of a manifest, by the production verifiers.
type Input = {
  readonly entries: readonly ManifestEntry[];
  /** Path → base64. */
  readonly files: Readonly<Record<string, string>>;
};

const { entries, files } = (await (await fetch('/input.json')).json()) as Input;
const differing = entries.flatMap((entry) => {
  const read = (field: string): Uint8Array => {
    const path = entry.files[field];
    const base64 = path === undefined ? undefined : files[path];
    if (base64 === undefined) throw new Error(`${entry.id}: no file ${field}`);
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  };
  return differences(entry, judgeEntry(entry, read)).map((difference) => ({ id: entry.id, ...difference }));
});
await fetch('/result', { method: 'POST', body: JSON.stringify({ judged: entries.length, differing }) });

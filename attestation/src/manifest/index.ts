/** Judging the entries of a vectors manifest with the production verifiers. Runs in Node and in browsers. */

export {
  type Difference,
  differences,
  type EntryJudge,
  type EntryVerdict,
  type ManifestEntry,
  manifestEntrySchema,
  parseManifest,
} from './entry.ts';
export { dcapKinds, judgeDcapEntry, judgeDcapEntryWith } from './judge-dcap.ts';
export { judgeEntry, manifestKinds } from './judge-entry.ts';
export { type EntryResult, judgeManifest, type ManifestReport } from './judge-manifest.ts';

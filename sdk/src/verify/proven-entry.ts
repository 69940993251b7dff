import { equalBytes, fromHex, type Hex, leafHash, rootFromInclusion } from '@hearth/attestation/receipt';
import { canonicalBytes, type LogEntry, logEntry, type ProvenEntry } from '../protocol/index.ts';
import { expectEqual, fail } from './level.ts';

/** The log entry that a proof shows to stand under `root`. */
export function openProvenEntry(
  what: string,
  proven: ProvenEntry,
  tree: { treeSize: number; root: Hex },
): LogEntry {
  expectEqual(`${what}: tree size`, tree.treeSize, proven.treeSize);
  const parsed = logEntry.safeParse(proven.entry);
  if (!parsed.success) return fail(`${what}: not a log entry: ${parsed.error.issues[0]?.message}`);
  const leaf = leafHash(canonicalBytes(proven.entry));
  const root = rootFromInclusion(leaf, proven.index, proven.treeSize, proven.path.map(fromHex));
  if (!root || !equalBytes(root, fromHex(tree.root)))
    fail(`${what}: its path does not lead to the root of the checkpoint`);
  return parsed.data;
}

/** Narrows an entry to the kind it has to be. */
export function expectKind<Kind extends LogEntry['kind']>(
  what: string,
  entry: LogEntry,
  kind: Kind,
): Extract<LogEntry, { kind: Kind }> {
  expectEqual(`${what}: kind of log entry`, kind, entry.kind);
  return entry as Extract<LogEntry, { kind: Kind }>;
}

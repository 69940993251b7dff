import {
  equalBytes,
  fromHex,
  isConsistent,
  leafHash,
  MerkleFrontier,
  rootFromInclusion,
} from '@hearth/attestation/receipt';
import { type Checkpoint, canonicalBytes, HearthError } from '../protocol/index.ts';
import type { Defects } from './defect.ts';
import type { LogSource } from './log-source.ts';

export interface RawEntry {
  readonly index: number;
  readonly json: unknown;
  readonly leafHash: Uint8Array;
}

const PAGE = 1000;

/**
 * The entries under a checkpoint, in order, one page ahead of the reader: memory stays the same however long the log is.
 * Each page is proved to belong to the signed tree before it is given out; at one that does not, reading ends with
 * `log_altered`: nothing could be concluded from it.
 */
export async function* readEntries(
  source: LogSource,
  checkpoint: Checkpoint,
  defects: Defects,
): AsyncGenerator<RawEntry[]> {
  const { treeSize } = checkpoint;
  const frontier = new MerkleFrontier();
  let next = fetchPage(source, 0, treeSize);
  while (next !== undefined) {
    const page = await next;
    next = fetchPage(source, frontier.size + page.length, treeSize);
    for (const { leafHash: hash } of page) frontier.append(hash);
    if (!(await isPrefix(source, frontier, checkpoint))) {
      await nameAltered(source, page, checkpoint, defects);
      return;
    }
    yield page;
  }
}

function fetchPage(source: LogSource, start: number, treeSize: number): Promise<RawEntry[]> | undefined {
  if (start >= treeSize) return undefined;
  const page = source.entries(start, Math.min(treeSize, start + PAGE)).then((entries) => {
    if (entries.length === 0 || entries.length > treeSize - start)
      throw new HearthError(
        'peer_protocol_violation',
        `log ${source.url}: expected entries from ${start} on, got ${entries.length}`,
      );
    return entries.map((json, i) => ({ index: start + i, json, leafHash: leafHash(canonicalBytes(json)) }));
  });
  page.catch(() => undefined); // it is awaited, and then thrown, in the next turn
  return page;
}

async function isPrefix(source: LogSource, frontier: MerkleFrontier, { treeSize, root }: Checkpoint) {
  const path = frontier.size === treeSize ? [] : await source.consistency(frontier.size, treeSize);
  return isConsistent(frontier.size, frontier.root(), treeSize, fromHex(root), path.map(fromHex));
}

/** Which entries of the page are not those that were signed. */
async function nameAltered(
  source: LogSource,
  page: readonly RawEntry[],
  { treeSize, root }: Checkpoint,
  defects: Defects,
): Promise<void> {
  let named = 0;
  for (const { index, leafHash: hash } of page) {
    const path = (await source.inclusion(index, treeSize)).map(fromHex);
    const implied = rootFromInclusion(hash, index, treeSize, path);
    if (implied && equalBytes(implied, fromHex(root))) continue;
    named += 1;
    defects.add('log_altered', index, `entry ${index} is not the one under the root that the log signed`);
  }
  if (named > 0) return;
  const [first, last] = [page[0]?.index ?? 0, page.at(-1)?.index];
  defects.add(
    'log_altered',
    first,
    `entries ${first} to ${last} do not add up to the root that the log signed`,
  );
}

import {
  type Bundle,
  continuation,
  continuationMember,
  type LevelResult,
  type Opening,
  tokensOnTheWay,
} from '../protocol/index.ts';
import { verifyOpening } from '../sealed-job/index.ts';
import { mayBeHedged, outputTokensBilledBefore } from './l0-attempts.ts';
import { absent, fail } from './level.ts';

/** L7: the plaintext that the bundle shows is what the enclave committed to. */
export function verifyOpenings(bundle: Bundle): string | LevelResult {
  const { openings, receipt } = bundle;
  if (openings.length === 0) return absent('the bundle opens nothing: its content stays hidden');
  const { promptCommit, paramsCommit, outputCommit } = receipt.execution;
  const roots = { prompt: promptCommit, params: paramsCommit, output: outputCommit };
  openings.forEach((opening, i) => {
    if (!verifyOpening(roots[opening.tree], opening))
      fail(`opening ${i}: it is not item ${opening.index} of the ${opening.tree} commitment`);
  });
  const lost = openings
    .map(({ tree, item }) => (tree === 'params' ? describeLost(bundle, item) : ''))
    .join('');
  const byTree = Map.groupBy(openings, ({ tree }) => tree);
  return `opened: ${[...byTree].map(([tree, items]) => `${tree} (${describeList(tree, items)})`).join(', ')}${lost}`;
}

/**
 * A job that goes on says what it was given to go on from: no earlier attempt can have been paid for more than that and what may
 * be lost on the way, unless the buyer's policy lets several answer side by side.
 */
function describeLost(bundle: Bundle, params: unknown): string {
  const { attempt } = bundle.jobHeader;
  if (attempt === 0 || mayBeHedged(bundle)) return '';
  const given = continuation.safeParse((params as Record<string, unknown> | null)?.[continuationMember]);
  const delivered = given.success ? given.data.tokens.length : 0;
  const billed = outputTokensBilledBefore(bundle);
  if (billed <= delivered) return '';
  if (billed > delivered + tokensOnTheWay * attempt)
    fail(`earlier attempts billed ${billed} output tokens, ${delivered} were delivered by them`);
  return `; ${billed - delivered} output tokens that earlier attempts billed were lost on the way and billed again`;
}

/**
 * An RFC 6962 path alone does not bind the size of the tree: the last item of three is also the second of two. A list
 * that is opened whole has no such freedom, since no item hashes like an inner node.
 */
function describeList(tree: Opening['tree'], items: readonly Opening[]): string {
  const sizes = [...new Set(items.map(({ size }) => size))];
  if (sizes.length > 1) fail(`${tree}: its openings say ${sizes.sort((a, b) => a - b).join(' and ')} items`);
  const indexes = new Set<number>();
  for (const { index } of items) {
    if (indexes.has(index)) fail(`${tree}: item ${index} is opened twice`);
    indexes.add(index);
  }
  if (items.length === sizes[0]) return `all ${items.length}`;
  return `${items.length} ${items.length === 1 ? 'item, its place' : 'items, their places'} in the list as the bundle says it`;
}

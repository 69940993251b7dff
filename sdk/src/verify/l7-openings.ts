import { type Bundle, type LevelResult } from '../protocol/index.ts';
import { verifyOpening } from '../sealed-job/index.ts';
import { absent, fail } from './level.ts';

/** L7: the plaintext that the bundle shows is what the enclave committed to. */
export function verifyOpenings({ openings, receipt }: Bundle): string | LevelResult {
  if (openings.length === 0) return absent('the bundle opens nothing: its content stays hidden');
  const { promptCommit, paramsCommit, outputCommit } = receipt.execution;
  const roots = { prompt: promptCommit, params: paramsCommit, output: outputCommit };
  openings.forEach((opening, i) => {
    if (!verifyOpening(roots[opening.tree], opening))
      fail(`opening ${i}: it is not item ${opening.index} of the ${opening.tree} commitment`);
  });
  return `${openings.length} items opened: ${[...new Set(openings.map(({ tree }) => tree))].join(', ')}`;
}

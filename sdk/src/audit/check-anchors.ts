import type { Hex } from '@hearth/attestation/receipt';
import type { Checkpoint } from '../protocol/index.ts';
import type { Defects } from './defect.ts';
import type { LogObserver, Standing } from './log-pass.ts';

/** One (size, root) that the operator fixed in the `LogAnchor` contract. */
export interface Anchor {
  readonly size: number;
  readonly root: Hex;
}

/** Holds the log against the chain: what was anchored cannot be taken back. */
export class AnchorCheck implements LogObserver {
  readonly #rootBySize: ReadonlyMap<number, Hex>;
  readonly #defects: Defects;

  constructor(anchors: readonly Anchor[], { treeSize }: Checkpoint, defects: Defects) {
    this.#rootBySize = new Map(anchors.map(({ size, root }) => [size, root]));
    this.#defects = defects;
    for (const { size } of anchors)
      if (size > treeSize)
        defects.add(
          'log_rolled_back',
          null,
          `${size} entries are anchored on the chain, the log shows ${treeSize}`,
        );
  }

  stand({ size, root }: Standing): void {
    const anchored = this.#rootBySize.get(size);
    if (anchored !== undefined && anchored !== root())
      this.#defects.add(
        'anchor_altered',
        null,
        `${size} entries: root ${anchored} on the chain, ${root()} in the log`,
      );
  }
}

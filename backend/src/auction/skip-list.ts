import type { Hex } from '@hearth/attestation/receipt';

/** How long a node is not asked again after it left an OFFER unanswered. Costs it nothing else. */
const skipMs = 10_000;

/** Nodes that did not answer lately. */
export class SkipList {
  private readonly untilMs = new Map<Hex, number>();

  add(nodeKey: Hex, nowMs: number): void {
    for (const [key, until] of this.untilMs) if (until <= nowMs) this.untilMs.delete(key);
    this.untilMs.set(nodeKey, nowMs + skipMs);
  }

  has(nodeKey: Hex, nowMs: number): boolean {
    return (this.untilMs.get(nodeKey) ?? 0) > nowMs;
  }
}

import type { Hex } from '@hearth/attestation/receipt';

/** How long a node is asked after all others when it left an OFFER unanswered. Costs it nothing else. */
const silentMs = 10_000;

/** Nodes that did not answer lately. */
export class SilentNodes {
  private readonly untilMs = new Map<Hex, number>();

  add(nodeKey: Hex, nowMs: number): void {
    for (const [key, until] of this.untilMs) if (until <= nowMs) this.untilMs.delete(key);
    this.untilMs.set(nodeKey, nowMs + silentMs);
  }

  has(nodeKey: Hex, nowMs: number): boolean {
    return (this.untilMs.get(nodeKey) ?? 0) > nowMs;
  }
}

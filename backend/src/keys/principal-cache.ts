import type { Principal } from '../platform/access.ts';

/** How long a removed key may still work, and how many keys are remembered: a job should not cost a database read. */
const lifetimeMs = 30_000;
const capacity = 10_000;

/** Verified keys by their hash. Unknown keys are not remembered: guesses must not push real ones out. */
export class PrincipalCache {
  private readonly known = new Map<string, { principal: Principal; untilMs: number }>();

  find(sha256: Buffer, nowMs: number): Principal | undefined {
    const hit = this.known.get(sha256.toString('latin1'));
    return hit !== undefined && nowMs < hit.untilMs ? hit.principal : undefined;
  }

  keep(sha256: Buffer, principal: Principal, nowMs: number): void {
    const oldest = this.known.size < capacity ? undefined : this.known.keys().next().value;
    if (oldest !== undefined) this.known.delete(oldest);
    this.known.set(sha256.toString('latin1'), { principal, untilMs: nowMs + lifetimeMs });
  }
}

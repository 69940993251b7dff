import { HearthError } from '@hearth/sdk/protocol';

/** How many jobs run at once, in all and per API key. A job holds at most one window of bytes per direction. */
export class JobLimits {
  private readonly perKey = new Map<string, number>();
  private total = 0;

  constructor(private readonly max: { readonly total: number; readonly perKey: number }) {}

  get running(): number {
    return this.total;
  }

  /** Takes a place; the returned function gives it back, once. @throws HearthError `unavailable`, `rate_limited` */
  enter(keyId: string): () => void {
    const ofKey = this.perKey.get(keyId) ?? 0;
    if (this.total >= this.max.total)
      throw new HearthError('unavailable', `the gateway runs its limit of ${this.max.total} jobs`);
    if (ofKey >= this.max.perKey)
      throw new HearthError('rate_limited', `API key ${keyId}: at most ${this.max.perKey} jobs at once`);
    this.total += 1;
    this.perKey.set(keyId, ofKey + 1);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.leave(keyId);
    };
  }

  private leave(keyId: string): void {
    this.total -= 1;
    const rest = (this.perKey.get(keyId) ?? 1) - 1;
    if (rest === 0) this.perKey.delete(keyId);
    else this.perKey.set(keyId, rest);
  }
}

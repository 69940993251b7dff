/**
 * How many tokens of each sequence go into the next batch: one of each, so that nobody who generates waits for somebody's
 * prompt; the rest in equal shares, because sequences of equal length are computed in one pass.
 * @param wanted tokens that each still has to evaluate, at least 1
 */
export function planBatch(
  wanted: readonly number[],
  limits: { readonly tokens: number; readonly tokensPerSequence: number },
): number[] {
  const shares = wanted.map((_, i): number => (i < limits.tokens ? 1 : 0));
  let free = Math.max(0, limits.tokens - wanted.length);
  const roomOf = (i: number) => Math.min(wanted[i] ?? 0, limits.tokensPerSequence) - (shares[i] ?? 0);
  for (;;) {
    const open = [...wanted.keys()].filter((i) => (shares[i] ?? 0) > 0 && roomOf(i) > 0);
    const each = Math.floor(free / open.length);
    if (open.length === 0 || each === 0) return shares;
    for (const i of open) {
      const more = Math.min(each, roomOf(i));
      shares[i] = (shares[i] ?? 0) + more;
      free -= more;
    }
  }
}

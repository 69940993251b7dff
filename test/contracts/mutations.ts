/** Mulberry32: the same numbers in [0, 1) in every run. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Changes one to four bits within the first `size` bytes. */
export function bend(evidence: Uint8Array, size: number, random: () => number): Uint8Array {
  const bent = evidence.slice();
  const changes = 1 + Math.floor(random() * 4);
  for (let change = 0; change < changes; change += 1) {
    const offset = Math.floor(random() * size);
    bent[offset] = (bent[offset] ?? 0) ^ (1 << Math.floor(random() * 8));
  }
  return bent;
}

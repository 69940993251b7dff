/** What the node has drawn in one cycle, in whole millijoules, so that sums are exact. */
export type NodeEnergy = {
  readonly nodeMilliJoules: number;
  /** Of it, what it draws without work: put on no job. */
  readonly idleMilliJoules: number;
};

/** A watt for a millisecond is a millijoule. */
export function nodeEnergy(nodeW: number, idleW: number, forMs: number): NodeEnergy {
  const nodeMilliJoules = Math.round(nodeW * forMs);
  return { nodeMilliJoules, idleMilliJoules: Math.min(nodeMilliJoules, Math.round(idleW * forMs)) };
}

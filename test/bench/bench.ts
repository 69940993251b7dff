import type { Lifecycle } from '../environment/lifecycle.ts';

/** What a benchmark found. */
export interface BenchReport {
  /** Everything measured and everything needed to judge it; becomes the JSON document. */
  readonly figures: object;
  /** The same for a reader, a few lines. */
  readonly text: string;
  /** The goal is met and nothing was lost on the way. */
  readonly ok: boolean;
}

/**
 * @param parts takes everything that the bench starts; whoever called stops it, also when the user ends the run
 * @param tell hears about progress, for stderr
 */
export type Bench = (parts: Lifecycle, tell: (progress: string) => void) => Promise<BenchReport>;

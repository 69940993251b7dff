import type { Lifecycle } from '../environment/lifecycle.ts';

/** What the command line can set. */
export type TortureOptions = {
  readonly seed: number;
  readonly runs: number;
  readonly jobs: number;
  readonly agents: number;
  readonly minutes: number;
};
export type TortureReport = { readonly figures: object; readonly text: string; readonly ok: boolean };

/**
 * Breaks a market on purpose and says what was lost.
 * @param parts takes everything that it starts; whoever called stops it, also when the user ends the run
 */
export type Torture<Option extends keyof TortureOptions> = (
  parts: Lifecycle,
  options: Pick<TortureOptions, Option | 'seed'>,
  tell: (progress: string) => void,
) => Promise<TortureReport>;

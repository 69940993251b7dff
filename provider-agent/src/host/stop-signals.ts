/** How a process is told to end. */
export type StopSignals = {
  /** Take nothing new, finish what runs, then end. */
  readonly drain: AbortSignal;
  /** End at once. */
  readonly now: AbortSignal;
};

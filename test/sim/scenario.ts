export interface ScenarioOptions {
  readonly seed: number;
  /** How many seeds, from `seed` on. */
  readonly seeds: number;
  /** A version of seconds, for tests. */
  readonly small: boolean;
}

export interface ScenarioReport {
  /** Everything found and everything needed to find it again; becomes the JSON document. */
  readonly figures: object;
  /** The same for a reader. */
  readonly text: string;
  /** Nothing happened that must never happen. What the figures say is another matter: they are printed as they are. */
  readonly ok: boolean;
}

/** A question put to the simulated market: parts that know nothing of each other, and what they say together. */
export interface Scenario<Part extends object = object, Result extends object = object> {
  /** Seeds when the caller names no number. */
  readonly defaultSeeds: number;
  /** Parts measure time: one after the other. */
  readonly isTimed: boolean;
  parts(options: ScenarioOptions): Part[];
  run(part: Part, tell: (progress: string) => void): Result | Promise<Result>;
  report(found: readonly { readonly part: Part; readonly result: Result }[]): ScenarioReport;
}

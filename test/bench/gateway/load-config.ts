/** What the load generator is told, as a JSON file. */
export interface LoadConfig {
  readonly url: string;
  /** Whole HTTP requests, base64; one connection each, which sends it again and again. */
  readonly requests: readonly string[];
  /** The body of every right answer, base64. */
  readonly answer: string;
  readonly warmupMs: number;
  readonly measureMs: number;
}

/** What it prints at the end. */
export interface LoadResult {
  /** Answers within the measured time. */
  readonly measured: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Requests sent and right answers received, warm-up included. */
  readonly sent: number;
  readonly answered: number;
  /** Anything else that happened, by its description. */
  readonly failures: Readonly<Record<string, number>>;
}

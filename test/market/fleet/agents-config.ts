/** What a process of the fleet is told, as a JSON file. */
export interface AgentsConfig {
  readonly homes: readonly {
    readonly name: string;
    readonly configPath: string;
    /** The wallet that consents to the enclave. In a file only because it is worth nothing. */
    readonly walletKey: `0x${string}`;
  }[];
  /** JSON of the model manifest that all of them sell. */
  readonly manifest: unknown;
  readonly answer: { readonly tokens: readonly string[]; readonly msPerToken: number };
}

/** One change of state of a home, as the process prints it. */
export interface FleetEvent {
  readonly home: string;
  readonly state: string;
  readonly atMs: number;
  readonly message: string;
  readonly [particular: string]: unknown;
}

/** What the scripted agent is told, as a JSON file. */
export interface ScriptedAgentConfig {
  readonly gatewayUrl: string;
  /** Ed25519 seed of the registered node key, 0x hex. */
  readonly nodeSeed: `0x${string}`;
  /** JSON form of its `EnclaveStatement`. */
  readonly statement: unknown;
  /** The sealed response to every job, base64. */
  readonly answer: string;
  /** Of the price card. */
  readonly multiplierPpm: number;
  /** Answers go on with more of the same for as long as they are given room. */
  readonly isEndless: boolean;
}

export interface AgentCounts {
  readonly opened: number;
  /** Bytes of sealed requests that arrived, all jobs together. */
  readonly requestBytes: number;
  readonly answered: number;
  /** Bytes of answers that were sent. */
  readonly answerBytes: number;
  readonly cancelled: number;
}

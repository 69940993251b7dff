/** The small integers of the signed structs, by name. */
export const teeTypes = { sgx: 1, tdx: 2, sevSnp: 3 } as const;
export const tiers = { simulated: 0, cpuTee: 1, cpuAndGpuTee: 2 } as const;
/** HPKE suites: KDF HKDF-SHA256 and AEAD AES-256-GCM in both; the KEM differs (0x0020, 0x647a). */
export const suites = { x25519: 1, mlkem768X25519: 2 } as const;
/** Which OpenAI endpoint a sealed body is for. */
export const endpoints = {
  chatCompletions: 0,
  completions: 1,
  responses: 2,
  embeddings: 3,
  rerank: 4,
} as const;
export const jobClasses = { chat: 0, completion: 1, embedding: 2, rerank: 3, vision: 4 } as const;
/** What a job at an endpoint is sold as. */
export const classOfEndpoint = {
  chatCompletions: jobClasses.chat,
  completions: jobClasses.completion,
  responses: jobClasses.chat,
  embeddings: jobClasses.embedding,
  rerank: jobClasses.rerank,
} as const satisfies Record<keyof typeof endpoints, number>;
export const outcomes = {
  interim: 0,
  stop: 1,
  length: 2,
  toolCalls: 3,
  filter: 4,
  cancelled: 5,
  providerError: 6,
  failedOver: 7,
} as const;
export const energyBases = { none: 0, declared: 1, estimated: 2, measured: 3 } as const;
export const padClasses = { none: 0, standard: 1, strict: 2 } as const;

export type EndpointName = keyof typeof endpoints;
export type JobClass = (typeof jobClasses)[keyof typeof jobClasses];
export type Outcome = (typeof outcomes)[keyof typeof outcomes];
export type Suite = (typeof suites)[keyof typeof suites];

/** The class of a job header's endpoint; undefined for an endpoint that there is not. */
export function jobClassOf(endpoint: number): JobClass | undefined {
  const name = (Object.keys(endpoints) as EndpointName[]).find((known) => endpoints[known] === endpoint);
  return name && classOfEndpoint[name];
}

/** Name of an enum member, for people. */
export function nameOf(members: Readonly<Record<string, number>>, member: number): string {
  return Object.entries(members).find(([, number]) => number === member)?.[0] ?? `unknown(${member})`;
}

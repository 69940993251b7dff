// sealed-job/1 as buyer and enclave use it. Gateway and host import `@hearth/sdk/sealed-job/clear` instead.
export * from './clear.ts';
export * from './collected-answer.ts';
export * from './commitments.ts';
export * from './committed-items.ts';
export * from './hpke-key.ts';
export { DEFAULT_HPKE_SUITE, type HpkeProvider, type HpkeSuiteId, sealAhead } from './hpke-suite.ts';
export { cekCommit, newCek } from './job-secret.ts';
export * from './open-request.ts';
export * from './open-response.ts';
export type { PadClass } from './padding.ts';
export * from './recipients-root.ts';
export * from './response-payloads.ts';
export * from './seal-request.ts';
export * from './seal-response.ts';

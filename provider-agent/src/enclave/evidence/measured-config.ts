import { suites } from '@hearth/sdk/protocol';

/**
 * The settings of the enclave that auditors have to know, and that therefore are part of its measurement: changing one
 * makes another release. What only sizes the service (slots, context, threads) is not here; which chain and contracts it
 * serves is bound by the EIP-712 domains of everything it signs.
 */
export const measuredConfig = {
  teeDriver: 'simulated',
  /** HPKE suites on offer, preferred one first. */
  kemSuites: [suites.mlkem768X25519, suites.x25519],
  /** A key is replaced at half of this and wiped at its end, so two are alive. */
  hpkeKeyLifetimeSec: 3600,
  /** What a killed enclave forfeits at most. */
  interimReceiptEveryMs: 2000,
  interimReceiptEveryTokens: 256,
  /** Conversations without a system message start with the engine's default one. */
  defaultSystemPrompt: 'engine',
  /** Prompts stay evaluated for later jobs of the same order only: hits show in times and prices. */
  prefixCache: 'order',
  /** Energy is not metered inside: receipts carry a share by tokens of what the host declares, basis 2 (estimated), or none. */
  energy: 'share-of-host-declared',
} as const;

export type MeasuredConfig = typeof measuredConfig;

import { evidencePolicySchema } from '@hearth/attestation/policy';
import type { Hex } from '@hearth/attestation/receipt';
import { z } from 'zod';
import { canonicalHash } from './canonical-json.ts';
import { padClasses, suites } from './enums.ts';
import { region } from './region.ts';
import { serviceRules } from './service-rules.ts';
import { address, bytes32, uintString } from './units.ts';

const engineName = z.string().min(1).max(64);
const ignore = z.literal('ignore');
const listOf = <T extends z.ZodType>(item: T) => z.array(item).max(1000);
const anyOf = <T extends z.ZodType>(item: T) => z.strictObject({ anyOf: listOf(item) });
const noneOf = <T extends z.ZodType>(item: T) => z.strictObject({ noneOf: listOf(item) });
const atLeast = <T extends z.ZodType>(floor: T) => z.strictObject({ atLeast: floor });
const atMost = <T extends z.ZodType>(ceiling: T) => z.strictObject({ atMost: ceiling });

/**
 * What a buyer demands of the machine that sees its prompt, and of the terms. Total: every rule says `anyOf`, `noneOf`,
 * `atLeast`, `atMost` or `'ignore'`; none can be left out. An empty `anyOf` allows nothing.
 * `policyHash` = SHA-256(JCS(policy)). As JSON Schema: `docs/policy.schema.json`; what holds a node against it:
 * `sdk/src/policy/`; rule by rule: `docs/policy.md`.
 */
export const policy = z.strictObject({
  schema: z.literal('hearth-policy/3'),
  /** Which machines and which code; the evidence library's own total policy. */
  evidence: evidencePolicySchema,
  tier: atLeast(z.int().min(0).max(2)),
  models: z.union([anyOf(bytes32), ignore]),
  /** Names of what computes the answer. Any but `node-llama-cpp` is code that no release of the enclave measures. */
  engines: z.union([anyOf(engineName), noneOf(engineName), ignore]),
  /** As the host declares it. A country covers its subdivisions. */
  regions: z.union([anyOf(region), noneOf(region), ignore]),
  /** Wallets that sell. */
  providers: z.union([anyOf(address), noneOf(address), ignore]),
  /** How a job's key may be sealed; the hybrid is taken where an enclave offers both. */
  keyExchange: anyOf(z.enum(Object.keys(suites) as (keyof typeof suites)[])),
  /** What every job is padded to, at least. `strict` gives up streaming. */
  padding: atLeast(z.enum(Object.keys(padClasses) as (keyof typeof padClasses)[])),
  prices: z.strictObject({
    inputMicroUsdPerMTok: atMost(uintString(64)),
    cachedInputMicroUsdPerMTok: atMost(uintString(64)),
    outputMicroUsdPerMTok: atMost(uintString(64)),
  }),
  /** The most that one job may come to cost, as its signed cap says. */
  jobMicroUsd: z.union([atMost(uintString(96)), ignore]),
  /** What the SDK does when answers are slow, or the gateways gone. */
  service: serviceRules,
});
export type Policy = z.infer<typeof policy>;
export type PolicyJson = z.input<typeof policy>;

export function policyHash(body: Policy): Hex {
  return canonicalHash(z.encode(policy, body));
}

/** The allow-list of regions as a lease request states it; empty where there is none. What is shunned, only the policy says. */
export function wantedRegions({ regions }: Policy): readonly string[] {
  return regions !== 'ignore' && 'anyOf' in regions ? regions.anyOf : [];
}

import type { Hex } from '@hearth/attestation/receipt';
import { appraiseTdx, type TdxVerification } from '@hearth/attestation/tdx';
import { isInRegions, nameOf, type Policy, suites } from '../protocol/index.ts';
import { atLeastClause, type Clause, listClause } from './clause.ts';

/** What is known of one enclave and of who sells it, before a byte is sealed or after the receipt is signed. */
export type NodeFacts = {
  /** Verified, and bound to the enclave's keys, by the caller: here it is only held against the policy. */
  readonly evidence: TdxVerification;
  readonly tier: number;
  readonly modelDigest: Hex;
  /** Name of what computes the answer, out of the manifest with that digest; undefined when nobody has shown it. */
  readonly engine: string | undefined;
  /** As the host declared it; undefined when that is no region. */
  readonly region: string | undefined;
  readonly provider: Hex;
  /** HPKE suites that a job could be, or was, sealed with. */
  readonly suites: readonly number[];
};

/**
 * Holds an enclave against every rule of a policy that is about machines. Pure; the one evaluator of SDK, gateway and auditor,
 * so they cannot disagree.
 */
export function appraiseNode(policy: Policy, facts: NodeFacts): readonly Clause[] {
  return [
    ...evidenceClauses(policy, facts.evidence),
    atLeastClause('tier', policy.tier.atLeast, facts.tier),
    listClause('models', policy.models, facts.modelDigest),
    listClause('engines', policy.engines, facts.engine),
    listClause(
      'regions',
      policy.regions,
      facts.region,
      (region, listed) => listed.length > 0 && isInRegions(region, listed),
    ),
    listClause('providers', policy.providers, facts.provider.toLowerCase() as Hex),
    keyExchangeClause(policy, facts),
  ];
}

/** Suites of `offered` that the policy lets a job be sealed with. */
export function allowedSuites({ keyExchange }: Policy, offered: readonly number[]): readonly number[] {
  const allowed: readonly number[] = keyExchange.anyOf.map((name) => suites[name]);
  return offered.filter((suite) => allowed.includes(suite));
}

function evidenceClauses(policy: Policy, evidence: TdxVerification): Clause[] {
  const { checks } = appraiseTdx(evidence, policy.evidence, { keys: 'ignore', nonce: 'ignore' });
  // Also checks of the verification itself: evidence that is not sound satisfies no policy.
  return checks.map(({ id, result, expected, actual, detail }) => ({
    clause: `evidence.${id.replace(/^policy\./, '')}`,
    result,
    expected: expected ?? 'sound evidence',
    actual: actual ?? detail ?? result,
  }));
}

function keyExchangeClause(policy: Policy, { suites: offered }: NodeFacts): Clause {
  return {
    clause: 'keyExchange',
    result: allowedSuites(policy, offered).length > 0 ? 'pass' : 'fail',
    expected: `one of ${policy.keyExchange.anyOf.join(', ') || 'nothing (an empty list)'}`,
    actual: offered.map((suite) => nameOf(suites, suite)).join(', ') || 'none',
  };
}

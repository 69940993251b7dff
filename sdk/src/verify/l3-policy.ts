import { appraiseTdx } from '@hearth/attestation';
import { isInRegions, type Policy, policyHash, regionCode } from '../protocol/index.ts';
import { expectEqual, fail } from './level.ts';
import type { BundleContext } from './verify-bundle.ts';

/** L3: machine, code, place and price are what the buyer's policy, committed to in the order, demands. */
export function verifyPolicy({ bundle, evidence }: BundleContext): string {
  const { policy, order, receipt } = bundle;
  const { execution } = receipt;
  expectEqual('policy hash', order.policyHash, hashOf(policy));
  expectEqual('receipt: policy hash', order.policyHash, execution.policyHash);
  const verdict = appraiseTdx(evidence, policy.evidence, { keys: 'ignore', nonce: 'ignore' });
  const failed = verdict.checks.find((check) => check.result === 'fail');
  if (failed) fail(`evidence: ${failed.id}: ${failed.detail ?? failed.reason}`);
  const minTier = Math.max(policy.tier.atLeast, order.minTier);
  if (execution.tier < minTier) fail(`tier: expected at least ${minTier}, got ${execution.tier}`);
  if (policy.models !== 'ignore' && !policy.models.anyOf.includes(execution.modelDigest))
    fail(`model ${execution.modelDigest} is not in the policy`);
  if (policy.regions !== 'ignore') assertRegion(policy.regions.anyOf, execution.regionCode);
  const prices: [name: string, price: bigint, ...limits: bigint[]][] = [
    ['input', execution.priceInput, policy.prices.inputMicroUsdPerMTok.atMost, order.maxPriceInput],
    [
      'cached input',
      execution.priceCachedInput,
      policy.prices.cachedInputMicroUsdPerMTok.atMost,
      order.maxPriceCachedInput,
    ],
    ['output', execution.priceOutput, policy.prices.outputMicroUsdPerMTok.atMost, order.maxPriceOutput],
  ];
  for (const [name, price, ...limits] of prices) {
    const limit = limits.reduce((a, b) => (a < b ? a : b));
    if (price > limit) fail(`${name} price: expected at most ${limit} µUSD per million tokens, got ${price}`);
  }
  return 'every clause of the policy holds (region as the host declared it)';
}

/** A string may hold half a surrogate pair, which RFC 8785 cannot write. */
function hashOf(policy: Policy): string {
  try {
    return policyHash(policy);
  } catch (error) {
    return fail(`policy: it has no canonical form: ${(error as Error).message}`);
  }
}

function assertRegion(allowed: readonly string[], code: `0x${string}`): void {
  const declared = Buffer.from(code.slice(2), 'hex').toString('latin1').replace(/\0+$/, '');
  const isWellFormed = /^[A-Z]{2}(?:-[A-Z0-9]{1,3})?$/.test(declared) && regionCode(declared) === code;
  if (!isWellFormed || allowed.length === 0 || !isInRegions(declared, allowed)) {
    fail(`region: expected one of ${allowed.join(', ') || 'none'}, got ${isWellFormed ? declared : code}`);
  }
}

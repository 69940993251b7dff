import { fromHex, type Hex } from '@hearth/attestation/receipt';
import type { Execution } from '@hearth/contracts';
import { appraiseNode, appraiseOrder, appraiseTerms, clauseSentence, failedClause } from '../policy/index.ts';
import { modelDigest, type Policy, policyHash, region, regionCode } from '../protocol/index.ts';
import { expectEqual, fail } from './level.ts';
import type { BundleContext } from './verify-bundle.ts';

/** L3: machine, code, place and price are what the buyer's policy, committed to in the order, demands. */
export function verifyPolicy({ bundle, evidence }: BundleContext): string {
  const { policy, order, receipt, jobHeader } = bundle;
  const { execution } = receipt;
  expectEqual('policy hash', order.policyHash, hashOf(policy));
  expectEqual('receipt: policy hash', order.policyHash, execution.policyHash);
  expectEqual('model manifest', execution.modelDigest, modelDigest(bundle.model));
  const unwanted = failedClause([
    ...appraiseNode(policy, {
      evidence,
      tier: execution.tier,
      modelDigest: execution.modelDigest,
      engine: bundle.model.engine.name,
      region: regionOf(execution.regionCode),
      provider: receipt.settlement.provider,
      suites: [jobHeader.suite],
    }),
    ...appraiseTerms(policy, { ...jobHeader, ...pricesOf(execution) }),
  ]);
  if (unwanted) fail(clauseSentence('policy', unwanted));
  const beyond = failedClause(appraiseOrder(order, execution));
  if (beyond) fail(clauseSentence('order', beyond));
  const { name, external } = bundle.model.engine;
  const engine = external ? `engine ${name}, which no release measures` : `engine ${name}, built in`;
  return `every clause of the policy holds (${engine}; region as the host declared it)`;
}

/** What was charged, which L6 holds against what the header allowed. */
const pricesOf = ({ priceInput, priceCachedInput, priceOutput }: Execution) => ({
  priceInput,
  priceCachedInput,
  priceOutput,
});

/** A string may hold half a surrogate pair, which RFC 8785 cannot write. */
function hashOf(policy: Policy): string {
  try {
    return policyHash(policy);
  } catch (error) {
    return fail(`policy: it has no canonical form: ${(error as Error).message}`);
  }
}

function regionOf(code: Hex): string | undefined {
  const declared = new TextDecoder('latin1').decode(fromHex(code)).replace(/\0+$/, '');
  return region.safeParse(declared).success && regionCode(declared) === code ? declared : undefined;
}

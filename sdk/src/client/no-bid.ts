import { z } from 'zod';
import { HearthError, type RefusalReason, refusalReasons } from '../protocol/index.ts';

/** What of the buyer's, or which state of the market, an ask fell to. */
const clauses: Readonly<Record<RefusalReason, string>> = {
  model: 'model',
  region: 'policy.regions',
  tier: 'policy.tier',
  class: 'endpoint',
  context: 'context length',
  paused: 'paused by its owner',
  slots: 'no free slot',
  overstated: 'slots not credited',
  probation: 'on probation',
  attestation: 'not attested now, or not as the policy demands',
  price: 'policy.prices',
  ceiling: 'above the market’s ceiling',
  own_order: 'of the buyer itself',
  ejected: 'ejected',
  not_yet_valid: 'not valid yet',
  expired: 'expired',
  after_beacon: 'newer than the tie-break',
  price_card: 'price card of another time',
};

/** A rule of the market, or a clause of the policy that the gateway held nodes against. */
const refusal = z.union([z.enum(refusalReasons), z.templateLiteral(['policy.', z.string()])]);
const counted = z.object({ refusals: z.record(refusal, z.int().min(1)) });

/**
 * The market's refusal in the buyer's words: how many asks each clause removed, most first. An ask is counted at the first
 * clause that it fails. Any other error comes back as it is.
 */
export function explainNoBid(error: HearthError, model: string): HearthError {
  const parsed = counted.safeParse(error.details);
  if (error.code !== 'no_bid' || !parsed.success) return error;
  const removed = Object.entries(parsed.data.refusals)
    .map(([reason, asks]) => ({
      clause: reason in clauses ? clauses[reason as RefusalReason] : reason,
      asks,
    }))
    .sort((a, b) => b.asks - a.asks);
  const total = removed.reduce((sum, { asks }) => sum + asks, 0);
  const by = removed.map(({ clause, asks }) => `${clause}: ${asks}`).join(', ');
  const message =
    total === 0
      ? `model ${model}: nobody offers it now`
      : `model ${model}: none of ${total} asks can serve this request; removed by ${by}`;
  return new HearthError('no_bid', message, { cause: error, details: { ...error.details, removed } });
}

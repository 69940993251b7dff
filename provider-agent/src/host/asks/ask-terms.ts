import type { Hex } from '@hearth/attestation/receipt';
import type { Ask } from '@hearth/sdk/protocol';

/** How long one signed ask stands. Renewed after half of it, so that a short outage of ours never ends it. */
export const ASK_LIFETIME_MS = 30 * 60_000;
export const ASK_RENEWAL_MS = ASK_LIFETIME_MS / 2;

/** Everything of an ask that the home or its enclave decides; the rest is chain and clock. */
export type AskTerms = Omit<Ask, 'v' | 'validFromMs' | 'validUntilMs' | 'seq' | 'prevAskHash'>;

export type AskChainHead = { readonly seq: number; readonly askId: Hex };

const ZERO: Hex = `0x${'00'.repeat(32)}`;

export function nextAsk(terms: AskTerms, head: AskChainHead | undefined, nowMs: number): Ask {
  return {
    v: 1,
    ...terms,
    validFromMs: nowMs,
    validUntilMs: nowMs + ASK_LIFETIME_MS,
    seq: (head?.seq ?? 0) + 1,
    prevAskHash: head?.askId ?? ZERO,
  };
}

/** Whether `ask` still says exactly `terms` and has more than half of its life before it. */
export function isStanding(ask: Ask, terms: AskTerms, nowMs: number): boolean {
  const isSame = (Object.keys(terms) as (keyof AskTerms)[]).every((name) => ask[name] === terms[name]);
  return isSame && nowMs >= ask.validFromMs && ask.validUntilMs - nowMs > ASK_LIFETIME_MS - ASK_RENEWAL_MS;
}

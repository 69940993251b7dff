import type { Random } from '../random.ts';
import type { EscrowModel } from './escrow-model.ts';
import { cast, type OrderTerms } from './operation.ts';

/** A new order of some buyer: mostly one that can open, at times one that must not. */
export function drawOrder(random: Random, model: EscrowModel, id: number): OrderTerms {
  const buyer = random.pick(cast.buyers);
  const { free } = model.balancesOf(buyer);
  const maxSpendMicroUsd = random.oneIn(20) ? free + 1n : share(random, free) + 1n;
  const from = model.nowUnixSec + BigInt(random.below(400)) - 200n;
  return {
    id,
    buyer,
    maxSpendMicroUsd: random.oneIn(40) ? 0n : maxSpendMicroUsd,
    maxSpendPerEnclaveMicroUsd: random.oneIn(40) ? 0n : share(random, 2n * maxSpendMicroUsd) + 1n,
    minTier: random.oneIn(15) ? 1 + random.below(3) : 0,
    validAfterUnixSec: from,
    validUntilUnixSec: from + (random.oneIn(20) ? 0n : BigInt(1 + random.below(3 * 86_400))),
  };
}

/** At most two thirds, so that a buyer keeps something for the next order. */
function share(random: Random, money: bigint): bigint {
  return (money * BigInt(random.below(1000))) / 1500n;
}

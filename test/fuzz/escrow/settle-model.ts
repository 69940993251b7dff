import { type Account, type Claim, cast, type Enclave, type OrderId, providerOf } from './operation.ts';
import type { OrderModel } from './order-model.ts';

/** Registered enclaves of these worlds are simulated. */
const tierOfEveryEnclave = 0;
const picoPerMicro = 1_000_000n;
/** More than this the contract never holds, so it never compares more. */
export const maxMicroUsd = 2n ** 95n - 1n;

export interface Market {
  readonly feeBps: bigint;
  readonly nowUnixSec: bigint;
  readonly orders: ReadonlyMap<OrderId, OrderModel>;
  readonly blocked: ReadonlySet<Enclave>;
  earn(account: Account, amount: bigint): void;
}

export const toMicroUsd = (picoUsd: bigint): bigint => least(picoUsd / picoPerMicro, maxMicroUsd);

/** Pays a claim, or says why not: one line for each claim, as the events of the transaction tell it. */
export function settleClaim(market: Market, claim: Claim): string {
  const { order: id, enclave } = claim;
  const order = market.orders.get(id);
  const refusal = (status: string) => `${id}/${enclave} ${status}`;
  if (order?.status !== 'open') return refusal('order-not-open');
  if (market.nowUnixSec < order.terms.validAfterUnixSec || market.nowUnixSec > order.settlesUntilUnixSec)
    return refusal('order-not-in-force');
  if (enclave === cast.stranger) return refusal('enclave-unknown');
  if (market.blocked.has(enclave)) return refusal('enclave-blocked');
  if (tierOfEveryEnclave < order.terms.minTier) return refusal('tier-too-low');
  const pair = order.pairOf(enclave);
  const cumulative = toMicroUsd(claim.cumulativePicoUsd);
  if (claim.sequence < pair.sequence || cumulative < pair.cumulative) return refusal('receipt-outdated');
  const payable = least(
    cumulative,
    toMicroUsd(claim.capPicoUsd),
    order.terms.maxSpendPerEnclaveMicroUsd,
    pair.paid + pair.reserved + order.rest,
  );
  if (payable <= pair.paid) return refusal('nothing-new');
  if (claim.defect === 'enclave signature' || claim.defect === 'provider')
    return refusal('enclave-signature-invalid');
  if (claim.defect === 'session signature') return refusal('session-signature-invalid');

  const earned = payable - pair.paid;
  const reserved = pair.reserved - least(pair.reserved, earned);
  order.pairs.set(enclave, { paid: payable, cumulative, sequence: claim.sequence, reserved });
  const fee = (earned * market.feeBps) / 10_000n;
  market.earn(providerOf(enclave), earned - fee);
  market.earn(cast.operator, fee);
  return `${id}/${enclave} paid ${payable} up to ${claim.sequence}, credit ${earned - fee}, fee ${fee}`;
}

function least(...amounts: readonly bigint[]): bigint {
  return amounts.reduce((a, b) => (a < b ? a : b));
}

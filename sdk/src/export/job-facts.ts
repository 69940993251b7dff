import { hashReceipt } from '@hearth/attestation/receipt';
import { marketDomain } from '@hearth/contracts/typed-data';
import { type Bundle, energyBases, nameOf, outcomes, teeTypes } from '../protocol/index.ts';

/** What a bookkeeper asks of a job, in one flat row; amounts are whole numbers, as decimal text where they may be large. */
export type JobFacts = Readonly<Record<string, string | number>>;

export function jobFacts({ domain, receipt, settlement }: Bundle): JobFacts {
  const { execution, settlement: total } = receipt;
  const iso = (ms: bigint) => new Date(Number(ms)).toISOString();
  return {
    date: iso(execution.finishedAtMs),
    job_id: execution.jobId,
    receipt_hash: hashReceipt(marketDomain(domain.chainId, domain.settlement), receipt),
    order_hash: total.orderHash,
    provider: total.provider,
    enclave_key: total.enclaveKey,
    tee: nameOf(teeTypes, execution.teeType),
    tier: execution.tier,
    model_digest: execution.modelDigest,
    outcome: nameOf(outcomes, execution.outcome),
    input_tokens: execution.inputTokens,
    cached_input_tokens: execution.cachedInputTokens,
    output_tokens: execution.outputTokens,
    price_input_micro_usd_per_mtok: String(execution.priceInput),
    price_cached_input_micro_usd_per_mtok: String(execution.priceCachedInput),
    price_output_micro_usd_per_mtok: String(execution.priceOutput),
    amount_pico_usd: String(execution.amountPicoUsd),
    accepted_at: iso(execution.acceptedAtMs),
    energy_milli_joules: String(execution.energyMilliJoules),
    energy_basis: nameOf(energyBases, execution.energyBasis),
    settlement_tx: settlement?.txHash ?? '',
  };
}

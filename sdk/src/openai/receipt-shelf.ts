import type { LostAttempt } from '../client/attempts.ts';
import type { JobResult } from '../client/run-job.ts';
import { nameOf, outcomes, type SignedReceipt } from '../protocol/index.ts';

const MAX_CALLS = 1_000;

/** What the last calls came to, for clients that were told a job's id before there was a receipt: those that stream. */
export class ReceiptShelf {
  /** By the id of each of their jobs, oldest first. */
  readonly #calls: { readonly jobIds: readonly string[]; readonly described: object }[] = [];

  note(result: JobResult): void {
    const jobIds = [result, ...result.lost, ...result.slower].map(({ job }) => job.header.jobId);
    this.#calls.push({ jobIds, described: describeCall(result) });
    if (this.#calls.length > MAX_CALLS) this.#calls.shift();
  }

  /** @param jobId of any attempt of the call */
  find(jobId: string): object | undefined {
    return this.#calls.findLast(({ jobIds }) => jobIds.includes(jobId))?.described;
  }
}

/** What a call was paid for. Counts and ids only: nothing of what was said. */
export function describeCall({ job, receipt, receiptHash, isDirect, lost, slower }: JobResult): object {
  return {
    object: 'hearth.receipt',
    receipt_id: receiptHash,
    job_id: job.header.jobId,
    is_direct: isDirect,
    ...paid(receipt),
    other_attempts: [...lost, ...slower].map((attempt) => ({
      job_id: attempt.job.header.jobId,
      reason: attempt.reason.code,
      ...(attempt.receipt ? paid(attempt.receipt.receipt) : unpaid(attempt)),
    })),
  };
}

function paid({ settlement, execution }: SignedReceipt['receipt']): object {
  return {
    enclave_id: settlement.enclaveKey,
    outcome: nameOf(outcomes, execution.outcome),
    input_tokens: execution.inputTokens,
    cached_input_tokens: execution.cachedInputTokens,
    output_tokens: execution.outputTokens,
    amount_pico_usd: String(execution.amountPicoUsd),
  };
}

/** As far as this process has heard; never more than its cap. */
function unpaid({ job }: LostAttempt): object {
  return {
    enclave_id: job.enclaveKey,
    amount_pico_usd: '0',
    cap_pico_usd: String(job.header.capPicoUsd),
  };
}

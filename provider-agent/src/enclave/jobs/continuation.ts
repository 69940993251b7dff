import { type Hex, receiptFaults } from '@hearth/attestation/receipt';
import type { Eip712Domain, JobHeader } from '@hearth/contracts';
import {
  type Continuation,
  continuation,
  continuationMember,
  type SignedReceipt,
  tokensOnTheWay,
} from '@hearth/sdk/protocol';
import { RequestError } from './request-error.ts';

/**
 * The client's own request, and what earlier attempts of it have delivered. A first attempt has nothing to go on from:
 * there the member is refused like any other that we do not know.
 * @throws RequestError
 */
export function splitRequest(
  request: Readonly<Record<string, unknown>>,
  attempt: number,
): { client: Record<string, unknown>; continuation: Continuation | undefined } {
  const { [continuationMember]: asked, ...client } = request;
  if (asked === undefined) return { client, continuation: undefined };
  const parsed = continuation.safeParse(asked);
  if (attempt > 0 && parsed.success) return { client, continuation: parsed.data };
  throw cannotContinue(attempt > 0 ? 'it is not what it should be' : 'a first attempt has none');
}

export const cannotContinue = (why: string) =>
  new RequestError(
    'unsupported_parameter',
    `Unsupported parameter: '${continuationMember}': ${why}.`,
    continuationMember,
  );

/** An answer is taken up at once or not at all; here, which prompts were gone on with is remembered as long. */
const TAKEN_UP_WITHIN_MS = 30 * 60_000;

export type ContinuedJob = {
  readonly domain: Eip712Domain;
  readonly header: JobHeader;
  /** Of the same request, as this enclave counts it. */
  readonly promptTokens: number;
  readonly nowMs: number;
};

/**
 * Holds what the buyer says was delivered against what was paid for: sound receipts of earlier attempts of this very order,
 * model and prompt, that together bill as many tokens, up to what may lie between two of them. Whose enclaves signed them,
 * only the host can look up.
 * @returns whether one of them billed the prompt
 * @throws RequestError
 */
export function assertShown({ tokens, receipts }: Continuation, job: ContinuedJob): boolean {
  let [attempt, shown, payers] = [-1, 0, 0];
  for (const signed of receipts) {
    const { execution } = signed.receipt;
    const fault = faultOf(signed, attempt, job);
    if (fault) throw cannotContinue(`receipt of attempt ${execution.attempt}: ${fault}`);
    attempt = execution.attempt;
    shown += execution.outputTokens;
    payers += execution.inputTokens > 0 ? 1 : 0;
  }
  if (payers > 1) throw cannotContinue('its receipts bill the prompt twice');
  const most = shown + tokensOnTheWay * job.header.attempt;
  if (tokens.length > most)
    throw cannotContinue(`it says that ${tokens.length} tokens were delivered, receipts show ${shown}`);
  return payers === 1;
}

/** Enclaves by whose word the tokens were delivered. */
export const enclavesOf = ({ receipts }: Continuation): Hex[] =>
  receipts.map(({ receipt }) => receipt.settlement.enclaveKey as Hex);

function faultOf(
  { receipt, signature }: SignedReceipt,
  attemptBefore: number,
  { domain, header, promptTokens, nowMs }: ContinuedJob,
): string | undefined {
  const { settlement, execution } = receipt;
  const { inputTokens, attempt } = execution;
  if (receiptFaults(domain, receipt, signature).length > 0) return 'it is not sound';
  if (settlement.orderHash !== header.orderHash) return 'it is of another order';
  if (execution.modelDigest !== header.modelDigest) return 'it is of another model';
  if (attempt <= attemptBefore || attempt >= header.attempt) return 'it is no earlier attempt';
  if (attempt === header.attempt - 1 && execution.jobId !== header.previousJobId)
    return 'it is of another job';
  if (Number(execution.finishedAtMs) < nowMs - TAKEN_UP_WITHIN_MS) return 'it is too old';
  return inputTokens > 0 && inputTokens !== promptTokens ? 'it is for another prompt' : undefined;
}

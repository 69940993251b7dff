import { type Hex, receiptFaults } from '@hearth/attestation/receipt';
import { HearthError, outcomes, receiptCodec, type SignedReceipt } from '../protocol/index.ts';
import { type CommittedOutput, commit, committedItems, type ResponseFinal } from '../sealed-job/index.ts';
import type { PreparedJob } from './prepare-job.ts';
import type { Session } from './session.ts';

/** Reads a receipt out of a response frame and checks that the enclave signed it and that it is about this job. */
export function checkReceipt(
  session: Session,
  job: PreparedJob,
  payload: { receipt: unknown; signature: Hex },
  precedingCiphertextHash: Hex,
): SignedReceipt {
  const parsed = receiptCodec.safeParse(payload.receipt);
  if (!parsed.success)
    throw new HearthError('peer_protocol_violation', 'receipt: not a receipt', { cause: parsed.error });
  const receipt = parsed.data;
  const { settlement, execution } = receipt;
  const { header } = job;
  const { statement } = job.lease.enclave;
  const claims: [what: string, expected: unknown, actual: unknown][] = [
    ['faults', '', receiptFaults(session.client.domain, receipt, payload.signature).join(', ')],
    ['enclave key', statement.enclaveKeys.enclaveKey, settlement.enclaveKey],
    ['provider', statement.enclaveKeys.provider, settlement.provider],
    ['order', header.orderHash, settlement.orderHash],
    ['job id', header.jobId, execution.jobId],
    ['lease', header.leaseId, execution.leaseId],
    ['job header hash', job.jobHeaderHash, execution.jobHeaderHash],
    ['policy hash', header.policyHash, execution.policyHash],
    ['model', header.modelDigest, execution.modelDigest],
    ['measurement', statement.measurementHash, execution.measurementHash],
    ['evidence', statement.evidenceHash, execution.evidenceHash],
    ['tier', statement.enclaveKeys.tier, execution.tier],
    ['TEE type', statement.enclaveKeys.teeType, execution.teeType],
    ['attempt', header.attempt, execution.attempt],
    ['previous job', header.previousJobId, execution.previousJobId],
    ['input price', header.priceInput, execution.priceInput],
    ['cached input price', header.priceCachedInput, execution.priceCachedInput],
    ['output price', header.priceOutput, execution.priceOutput],
    ['request ciphertext', job.sealed.requestCiphertextHash, execution.requestCiphertextHash],
    ['response ciphertext', precedingCiphertextHash, execution.responseCiphertextHash],
  ];
  const wrong = claims.find(([, expected, actual]) => expected !== actual);
  if (wrong)
    throw new HearthError(
      'peer_protocol_violation',
      `receipt ${wrong[0]}: expected ${wrong[1] || 'none'}, got ${wrong[2]}`,
    );
  if (execution.amountPicoUsd > header.capPicoUsd) {
    throw new HearthError(
      'peer_protocol_violation',
      `receipt amount: at most ${header.capPicoUsd} pUSD were allowed, got ${execution.amountPicoUsd}`,
    );
  }
  if (job.isPromptPaid && execution.inputTokens > 0) {
    throw new HearthError(
      'peer_protocol_violation',
      `receipt input tokens: the prompt was paid by an earlier attempt, got ${execution.inputTokens}`,
    );
  }
  if (execution.outputTokens > header.maxOutputTokens) {
    throw new HearthError(
      'peer_protocol_violation',
      `receipt output tokens: at most ${header.maxOutputTokens} were asked for, got ${execution.outputTokens}`,
    );
  }
  return { receipt, signature: payload.signature };
}

/** Additional checks of the receipt that ends a job: what was said is what it commits to. */
export function checkFinalReceipt(
  session: Session,
  job: PreparedJob,
  final: ResponseFinal,
  precedingCiphertextHash: Hex,
  answer: readonly CommittedOutput[],
): SignedReceipt {
  const outcome = checkReceipt(session, job, final, precedingCiphertextHash);
  const { execution } = outcome.receipt;
  const items = committedItems(job.request, answer, job.header.endpoint);
  const claims: [what: string, expected: unknown, actual: unknown][] = [
    ['parameters', commit('params', items.params, job.cek), execution.paramsCommit],
    ['prompt', commit('prompt', items.prompt, job.cek), execution.promptCommit],
    ['output', commit('output', items.output, job.cek), execution.outputCommit],
    ['input tokens', final.usage.inputTokens, execution.inputTokens],
    ['cached input tokens', final.usage.cachedInputTokens, execution.cachedInputTokens],
    ['output tokens', final.usage.outputTokens, execution.outputTokens],
  ];
  const wrong = claims.find(([, expected, actual]) => expected !== actual);
  if (wrong)
    throw new HearthError(
      'peer_protocol_violation',
      `final receipt ${wrong[0]}: expected ${wrong[1]}, got ${wrong[2]}`,
    );
  if (execution.outcome === outcomes.interim)
    throw new HearthError('peer_protocol_violation', 'final receipt: it says interim');
  return outcome;
}

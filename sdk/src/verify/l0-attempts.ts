import { type Hex, hashJobHeader, isSignedBy, receiptFaults } from '@hearth/attestation/receipt';
import type { JobHeader, Receipt } from '@hearth/contracts';
import type { Bundle } from '../protocol/index.ts';
import { expectEqual, fail } from './level.ts';
import type { BundleContext } from './verify-bundle.ts';

const NO_JOB: Hex = `0x${'00'.repeat(32)}`;

/**
 * A job that took over is shown with all that broke off before it, each signed by the buyer and billed by its own
 * enclave's word. Together they stay within what the first was allowed, and the prompt is paid once.
 * @returns what to say of them
 */
export function describeAttempts({ bundle, domain }: Pick<BundleContext, 'bundle' | 'domain'>): string {
  const { earlierAttempts, jobHeader, receipt, order } = bundle;
  expectEqual('earlier attempts', jobHeader.attempt, earlierAttempts.length);
  let previousJobId: JobHeader['previousJobId'] = NO_JOB;
  for (const [index, attempt] of earlierAttempts.entries()) {
    const what = `attempt ${index}`;
    const hash = hashJobHeader(domain, attempt.jobHeader);
    if (!isSignedBy(hash, attempt.sessionSignature, order.sessionKey))
      fail(`${what}: expected its header signed by the session key`);
    assertSameCall(what, { ...jobHeader, attempt: index, previousJobId }, attempt.jobHeader);
    if (attempt.receipt) {
      const faults = receiptFaults(domain, attempt.receipt.receipt, attempt.receipt.signature);
      if (faults.length > 0) fail(`${what}: its receipt: ${faults.join(', ')}`);
      assertOwnReceipt(what, { ...attempt.jobHeader, hash }, attempt.receipt.receipt);
    }
    previousJobId = attempt.jobHeader.jobId;
  }
  expectEqual('job header: previous job', previousJobId, jobHeader.previousJobId);
  if (earlierAttempts.length === 0) return '';
  const receipts = [...receiptsOf(earlierAttempts), receipt];
  const payers = receipts.filter(({ execution }) => execution.inputTokens > 0).length;
  if (payers > 1) fail(`the prompt was billed by ${payers} attempts of one call`);
  const limit = earlierAttempts[0]?.jobHeader.maxOutputTokens ?? 0;
  const output = outputTokensOf(receipts);
  if (output > limit)
    fail(`all attempts: at most ${limit} output tokens were asked for, ${output} were billed`);
  return `; ${earlierAttempts.length} attempts before it broke off and billed ${outputTokensOf(receiptsOf(earlierAttempts))} output tokens`;
}

/** What earlier attempts were paid for. */
export const outputTokensBilledBefore = ({ earlierAttempts }: Bundle): number =>
  outputTokensOf(receiptsOf(earlierAttempts));

function assertSameCall(what: string, expected: JobHeader, actual: JobHeader): void {
  const same = ['orderHash', 'policyHash', 'modelDigest', 'endpoint', 'attempt', 'previousJobId'] as const;
  for (const name of same) expectEqual(`${what}: ${name}`, expected[name], actual[name]);
}

function assertOwnReceipt(
  what: string,
  header: JobHeader & { hash: string },
  { settlement, execution }: Receipt,
): void {
  const claims: [member: string, expected: unknown, actual: unknown][] = [
    ['order', header.orderHash, settlement.orderHash],
    ['job header', header.hash, execution.jobHeaderHash],
    ['job', header.jobId, execution.jobId],
    ['attempt', header.attempt, execution.attempt],
    ['input price', header.priceInput, execution.priceInput],
    ['cached input price', header.priceCachedInput, execution.priceCachedInput],
    ['output price', header.priceOutput, execution.priceOutput],
  ];
  for (const [member, expected, actual] of claims)
    expectEqual(`${what}: ${member} of its receipt`, expected, actual);
  if (execution.amountPicoUsd > header.capPicoUsd)
    fail(`${what}: amount ${execution.amountPicoUsd} pUSD is above its cap ${header.capPicoUsd}`);
}

const receiptsOf = (attempts: Bundle['earlierAttempts']): Receipt[] =>
  attempts.flatMap(({ receipt }) => (receipt ? [receipt.receipt] : []));

const outputTokensOf = (receipts: readonly Receipt[]): number =>
  receipts.reduce((sum, { execution }) => sum + execution.outputTokens, 0);

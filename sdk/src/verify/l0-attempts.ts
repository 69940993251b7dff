import { type Hex, hashJobHeader, isSignedBy, receiptFaults } from '@hearth/attestation/receipt';
import type { JobHeader, Receipt } from '@hearth/contracts';
import { type Bundle, tokensOnTheWay } from '../protocol/index.ts';
import { expectEqual, fail } from './level.ts';
import type { BundleContext } from './verify-bundle.ts';

type Attempts = Bundle['earlierAttempts'];

const NO_JOB: Hex = `0x${'00'.repeat(32)}`;

/**
 * A job is shown with all others of its call, each signed by the buyer and billed by its own enclave's word. Together they stay
 * within what the first was allowed, and what may be lost on the way when an attempt breaks off; the prompt is paid once. Where
 * the buyer's policy lets several answer side by side, each of them may have been.
 * @returns what to say of them
 */
export function describeAttempts({ bundle, domain }: Pick<BundleContext, 'bundle' | 'domain'>): string {
  const { earlierAttempts, laterAttempts, jobHeader, sessionSignature, receipt, order } = bundle;
  expectEqual('earlier attempts', jobHeader.attempt, earlierAttempts.length);
  if (laterAttempts.length > 0 && !mayBeHedged(bundle))
    fail('later attempts: the policy lets no second enclave answer beside this one');
  const own = { jobHeader, sessionSignature, receipt: null };
  const attempts = [...earlierAttempts, own, ...laterAttempts];
  let previousJobId: JobHeader['previousJobId'] = NO_JOB;
  for (const [index, attempt] of attempts.entries()) {
    if (attempt === own) expectEqual('job header: previous job', previousJobId, jobHeader.previousJobId);
    else
      assertAttempt(
        `attempt ${index}`,
        { ...jobHeader, attempt: index, previousJobId },
        attempt,
        order,
        domain,
      );
    previousJobId = attempt.jobHeader.jobId;
  }
  const others = receiptsOf([...earlierAttempts, ...laterAttempts]);
  const runs = mayBeHedged(bundle) ? attempts.length : 1;
  const payers = [...others, receipt].filter(({ execution }) => execution.inputTokens > 0).length;
  if (payers > runs) fail(`the prompt was billed by ${payers} attempts of one call`);
  const asked = (attempts[0] ?? own).jobHeader.maxOutputTokens * runs;
  const lost = tokensOnTheWay * (attempts.length - 1);
  const output = outputTokensOf([...others, receipt]);
  if (output > asked + lost)
    fail(
      `all attempts: ${asked} output tokens were asked for and at most ${lost} may be lost, ${output} were billed`,
    );
  const how = mayBeHedged(bundle) ? 'broke off or were called off' : 'broke off';
  return said(earlierAttempts, `before it ${how}`) + said(laterAttempts, 'beside it were called off');
}

/** Whether several enclaves may have answered the same call side by side. */
export const mayBeHedged = ({ policy }: Bundle): boolean => policy.service.hedge !== 'never';

function said(attempts: Attempts, what: string): string {
  if (attempts.length === 0) return '';
  return `; ${attempts.length} attempts ${what} and billed ${outputTokensOf(receiptsOf(attempts))} output tokens`;
}

function assertAttempt(
  what: string,
  expected: JobHeader,
  { jobHeader, sessionSignature, receipt }: Attempts[number],
  order: Bundle['order'],
  domain: BundleContext['domain'],
): void {
  const hash = hashJobHeader(domain, jobHeader);
  if (!isSignedBy(hash, sessionSignature, order.sessionKey))
    fail(`${what}: expected its header signed by the session key`);
  assertSameCall(what, expected, jobHeader);
  if (!receipt) return;
  const faults = receiptFaults(domain, receipt.receipt, receipt.signature);
  if (faults.length > 0) fail(`${what}: its receipt: ${faults.join(', ')}`);
  assertOwnReceipt(what, { ...jobHeader, hash }, receipt.receipt);
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
  if (execution.outputTokens > header.maxOutputTokens)
    fail(
      `${what}: at most ${header.maxOutputTokens} output tokens were asked for, ${execution.outputTokens} were billed`,
    );
}

const receiptsOf = (attempts: Attempts): Receipt[] =>
  attempts.flatMap(({ receipt }) => (receipt ? [receipt.receipt] : []));

const outputTokensOf = (receipts: readonly Receipt[]): number =>
  receipts.reduce((sum, { execution }) => sum + execution.outputTokens, 0);

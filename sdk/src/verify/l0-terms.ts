import { type Bundle, outcomes } from '../protocol/index.ts';
import { expectEqual, fail } from './level.ts';

/** What was done lies within what the buyer signed, by the clock of the enclave when it accepted the job. */
export function assertWithinTerms({ order, jobHeader, keyConfig: { keyConfig }, receipt }: Bundle): void {
  const { execution } = receipt;
  expectEqual('job header: HPKE suite', keyConfig.suite, jobHeader.suite);
  // Else an enclave could bill anything up to the order's limits, whatever the auction said.
  expectEqual('receipt: input price', jobHeader.priceInput, execution.priceInput);
  expectEqual('receipt: cached input price', jobHeader.priceCachedInput, execution.priceCachedInput);
  expectEqual('receipt: output price', jobHeader.priceOutput, execution.priceOutput);
  if (execution.outputTokens > jobHeader.maxOutputTokens)
    fail(
      `receipt: expected at most ${jobHeader.maxOutputTokens} output tokens, got ${execution.outputTokens}`,
    );
  if (!Object.values<number>(outcomes).includes(execution.outcome))
    fail(`receipt: outcome ${execution.outcome} is none that there is`);
  const { acceptedAtMs, firstTokenAtMs, finishedAtMs } = execution;
  if (finishedAtMs < acceptedAtMs)
    fail(`receipt: finished at ${finishedAtMs}, before it was accepted at ${acceptedAtMs}`);
  if (firstTokenAtMs !== 0n && (firstTokenAtMs < acceptedAtMs || firstTokenAtMs > finishedAtMs))
    fail(`receipt: first token at ${firstTokenAtMs}, expected between ${acceptedAtMs} and ${finishedAtMs}`);
  const acceptedAtUnixSec = acceptedAtMs / 1000n;
  const terms: [what: string, from: bigint, until: bigint][] = [
    ['order', order.validAfterUnixSec, order.validUntilUnixSec],
    ['job header', jobHeader.notBeforeUnixSec, jobHeader.expiresAtUnixSec],
    ['key config', keyConfig.notBeforeUnixSec, keyConfig.notAfterUnixSec],
  ];
  for (const [what, from, until] of terms) {
    if (acceptedAtUnixSec < from)
      fail(`${what}: valid from ${from}, and the job was accepted at ${acceptedAtUnixSec}`);
    if (acceptedAtUnixSec > until)
      fail(`${what}: valid until ${until}, and the job was accepted at ${acceptedAtUnixSec}`);
  }
}

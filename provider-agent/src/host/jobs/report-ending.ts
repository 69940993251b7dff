import type { Hex } from '@hearth/attestation/receipt';
import type { HearthError } from '@hearth/sdk/protocol';
import type { JobEnding } from '../../channel/index.ts';
import type { Report } from '../host-events.ts';

/** What became of a job, in the words of the host's log: counts and codes, never content. */
export function reportEnding(
  report: Report,
  leaseId: Hex,
  ending: JobEnding | undefined,
  failure: HearthError | undefined,
): void {
  if (ending?.kind === 'done') {
    const { outcome, inputTokens, outputTokens } = ending;
    report('job-ended', `job done: ${outputTokens} tokens`, { leaseId, outcome, inputTokens, outputTokens });
  } else {
    report('job-refused', `job not done: ${failure?.message}`, {
      leaseId,
      code: failure?.code,
      cause: failure?.message,
    });
  }
}

import { percentile, rounded } from '../statistics.ts';
import type { FirstTokens } from './first-token.ts';
import { atMost, type Section } from './section.ts';

/** design/quality.md: what the sealed path adds to the time to the first token, at the median. */
const GOAL_MS = 5;

const method =
  'Milliseconds from the call of `fetch` to the first text of a streamed chat, in one process: sealed by createFetch through ' +
  'gateway, host and enclave, with leases that are kept; in the clear through a plain Node proxy. Both far ends pace their ' +
  'tokens alike and wait as long before the first. Host and enclave share one process. 600 answers of each side went before, ' +
  'uncounted: lease, evidence and key are had by then, and code is compiled. A stream asks again as soon as it is answered: what a ' +
  'job leaves to be done (receipts on disks, in the log and the ledger) falls into the time of those behind it. Gateway, Postgres and ' +
  'chain run beside both sides, on the same cores. Phases alternate; added is the difference of the percentiles.';

export function firstTokenReport(measured: readonly FirstTokens[]): Section {
  const rows = measured.map(({ plainMs, sealedMs, ...load }) => {
    const [plain, sealed] = [spread(plainMs), spread(sealedMs)];
    return { ...load, plain, sealed, addedP50Ms: rounded(sealed.p50Ms - plain.p50Ms, 3) };
  });
  return {
    figures: { rows, method },
    lines: rows.map(
      ({ streams, plain, sealed, addedP50Ms }) =>
        `${String(streams).padStart(2)} streams  first token p50 ${sealed.p50Ms} ms (p99 ${sealed.p99Ms}), in the clear ` +
        `${plain.p50Ms} ms (p99 ${plain.p99Ms}): ${addedP50Ms} ms added`,
    ),
    goals: rows.map(({ streams, addedP50Ms }) =>
      atMost(
        `ms that the sealed path adds to the first token, p50, ${streams} streams:`,
        addedP50Ms,
        GOAL_MS,
      ),
    ),
  };
}

function spread(timesMs: readonly number[]) {
  const sorted = Float64Array.from(timesMs).sort();
  return {
    calls: sorted.length,
    p50Ms: rounded(percentile(sorted, 0.5)),
    p99Ms: rounded(percentile(sorted, 0.99)),
  };
}

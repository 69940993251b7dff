import { parseArgs } from 'node:util';
import { replayLog } from '../../../audit/replay-log.ts';
import { parseNumber } from '../../usage.ts';
import { auditInputs, logOptions, logOptionsHelp } from './inputs.ts';
import { progress, reportAudit } from './report.ts';

export const replayHelp = `hearth audit replay [--from A] [--to B] [options]

Everything that hearth audit log does, and beyond it: folds the whole book from the log, computes every auction again from
what stood under the checkpoint that its buyer cited, every price window from the receipts, every quality table and ejection
from the records before it. Exit code 0 only if every winner and every price is the one that was logged.

  --from A, --to B  replay auctions with a log index from A up to but without B (default: all)
${logOptionsHelp}
Taken on the log's word: which enclaves were attested, and that a node ranked before the winner did not sell. The chain
knows the first, the node the second.
`;

export async function replay(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { ...logOptions, from: { type: 'string', default: '0' }, to: { type: 'string' } },
  });
  const from = parseNumber('--from', values.from, { from: 0, to: Number.MAX_SAFE_INTEGER });
  const to =
    values.to === undefined
      ? Number.POSITIVE_INFINITY
      : parseNumber('--to', values.to, { from: 0, to: Number.MAX_SAFE_INTEGER });
  const startedMs = performance.now();
  let unattested = 0;
  let passedOver = 0;
  const result = await replayLog({
    ...(await auditInputs(values)),
    choose: (index) => from <= index && index < to,
    onReplayed: ({ clearing: { unattested: named, ranking, winner } }) => {
      unattested += named.length;
      passedOver += ranking.indexOf(winner.askId);
    },
    onProgress: progress(),
  });
  const seconds = (performance.now() - startedMs) / 1000;
  const { clearings, windows, tables, beacons } = result;
  const onTheLogsWord = { unattested, passedOver, receiptsWithoutLease: result.receiptsWithoutLease };
  const rate = Math.round(clearings / seconds);
  return reportAudit(result, seconds, values.json, {
    facts: { clearings, clearingsPerSecond: rate, windows, tables, beacons, onTheLogsWord },
    lines: [
      `replayed    ${clearings} auctions, ${windows} price windows, ${tables} quality tables; ${rate} auctions a second`,
      `            ties broken by blocks of the chain in ${beacons.blocks}, by drand rounds in ${beacons.drandRounds}`,
      `            on the log's word: ${unattested} asks unattested, ${passedOver} times a better one did not sell, ${result.receiptsWithoutLease} receipts of no logged lease`,
    ],
  });
}

import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { ReplayedClearing } from '../../../audit/clearing-check.ts';
import { replayLog } from '../../../audit/replay-log.ts';
import { beaconLine, clearing as clearingSchema, HearthError } from '../../../protocol/index.ts';
import { UsageError } from '../../usage.ts';
import { auditInputs, logOptions, logOptionsHelp } from './inputs.ts';
import { progress, reportAudit } from './report.ts';

export const auctionHelp = `hearth audit auction ID [options]

Computes one auction again, from the whole log before it. ID is a lease id, a request id, or the index of the log entry.
Exit code 0 only if its winner and its price are right and the log is in order.

${logOptionsHelp}`;

export async function auction(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: logOptions });
  const [id] = positionals;
  if (id === undefined || positionals.length > 1)
    throw new UsageError('audit auction: expected one lease id, request id or log index');
  const startedMs = performance.now();
  const found: ReplayedClearing[] = [];
  const result = await replayLog({
    ...(await auditInputs(values)),
    choose: (index, { requestId, winner }) => [`${index}`, requestId, winner.leaseId].includes(id),
    onReplayed: (replayed) => found.push(replayed),
    onProgress: progress(),
  });
  const [one] = found;
  if (one === undefined && result.found === 0)
    throw new HearthError('not_found', `auction ${id}: not among the ${result.entries} entries of the log`);
  return reportAudit(result, (performance.now() - startedMs) / 1000, values.json, {
    facts: { auction: one === undefined ? null : factsOf(one) },
    lines: one === undefined ? [] : linesOf(one),
  });
}

function factsOf({ index, clearing, isRight }: ReplayedClearing) {
  return { index, isRight, clearing: z.encode(clearingSchema, clearing) };
}

function linesOf({ index, clearing, isRight }: ReplayedClearing): string[] {
  const { winner, ranking, unattested, windowPricePpm, ceilingPpm, request } = clearing;
  const place = ['first', 'second', 'third'][ranking.indexOf(winner.askId)] ?? 'not ranked';
  return [
    `auction     entry ${index}, ${new Date(clearing.atMs).toISOString()}, lease ${winner.leaseId}`,
    `            cites ${request.request.checkpointSize} entries; ${beaconLine(clearing.beacon)}`,
    `winner      ask ${winner.askId}, ${place} of ${ranking.length}; ${unattested.length} better ones unattested`,
    `price       ${winner.multiplierPpm / 10_000} % of the card: ${winner.priceInput} in, ${winner.priceCachedInput} cached, ${winner.priceOutput} out (µUSD per million tokens)`,
    `            window price ${windowPricePpm ?? 'none'}, ceiling ${ceilingPpm ?? 'none'}`,
    isRight ? '            computed again: the same' : '            computed again: NOT the same',
  ];
}

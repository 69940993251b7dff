import { parseArgs } from 'node:util';
import { replayLog } from '../../../audit/replay-log.ts';
import type { CheckedWindow } from '../../../audit/window-check.ts';
import { windowPricePpm } from '../../../market/index.ts';
import { canonicalHash, HearthError } from '../../../protocol/index.ts';
import { UsageError } from '../../usage.ts';
import { auditInputs, logOptions, logOptionsHelp } from './inputs.ts';
import { progress, reportAudit } from './report.ts';

export const windowHelp = `hearth audit window ID [options]

Computes one price window again from the receipts that it counts. ID is the index of its log entry, or POOL/FROM: the pool's
id and the beginning of the window in milliseconds. Exit code 0 only if the window is right and the log is in order.

${logOptionsHelp}`;

export async function window(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: logOptions });
  const [id] = positionals;
  if (id === undefined || positionals.length > 1)
    throw new UsageError('audit window: expected one log index or POOL/FROM');
  const startedMs = performance.now();
  const found: CheckedWindow[] = [];
  const result = await replayLog({
    ...(await auditInputs(values)),
    choose: () => false,
    onWindow: (checked) => {
      const { poolId, fromMs } = checked.window;
      if ([`${checked.index}`, `${poolId}/${fromMs}`].includes(id)) found.push(checked);
    },
    onProgress: progress(),
  });
  const [one] = found;
  if (one === undefined && result.found === 0)
    throw new HearthError('not_found', `window ${id}: not among the ${result.entries} entries of the log`);
  return reportAudit(result, (performance.now() - startedMs) / 1000, values.json, {
    facts: { window: one ?? null },
    lines: one === undefined ? [] : linesOf(one),
  });
}

function linesOf({ index, window: claimed, expected }: CheckedWindow): string[] {
  const { poolId, fromMs, toMs, fromIndex, toIndex, providers } = claimed;
  const receipts = providers.reduce((sum, own) => sum + own.receipts, 0);
  const price = windowPricePpm([claimed], toMs);
  const isRight = expected !== undefined && canonicalHash(expected) === canonicalHash(claimed);
  return [
    `window      entry ${index}, pool ${poolId}`,
    `            ${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}, entries ${fromIndex} to ${toIndex - 1}`,
    `            ${receipts} receipts of ${providers.length} providers; alone it gives P = ${price ?? 'none, too little trade'}`,
    isRight ? '            computed again: the same' : '            computed again: NOT the same',
  ];
}

import type { LogAudit } from '../../../audit/audit-log.ts';

/** What every audit of a log says; `more` stands beside it. @returns the exit code */
export function reportAudit(
  audit: LogAudit,
  seconds: number,
  isJson: boolean,
  more: { readonly facts: Record<string, unknown>; readonly lines: readonly string[] },
): number {
  const { checkpoint, note, cosigned, entries, promisesDue, anchors, found, defects } = audit;
  const isWhole = entries === checkpoint.treeSize;
  const ok = isWhole && found === 0;
  if (isJson) {
    const { origin, treeSize, root, timeMs } = checkpoint;
    const rate = Math.round(entries / seconds);
    const head = { ok, origin, treeSize, root, timeMs, entries, entriesPerSecond: rate, cosigned };
    const rest = { promisesDue, anchors, ...more.facts, found, defects, checkpoint: note };
    process.stdout.write(`${JSON.stringify({ ...head, ...rest })}\n`);
    return ok ? 0 : 1;
  }
  const lines = [
    `log         ${checkpoint.origin}`,
    `checkpoint  ${checkpoint.treeSize} entries, root ${checkpoint.root}`,
    `            signed ${new Date(checkpoint.timeMs).toISOString()}${witnessed(cosigned)}`,
    `read        ${entries} entries in ${seconds.toFixed(1)} s`,
    ...(promisesDue > 0 ? [`promises    ${promisesDue} due`] : []),
    ...(anchors > 0 ? [`anchors     ${anchors} on the chain`] : []),
    ...more.lines,
    ...defects.map(
      ({ code, message, proof }) => `DEFECT      ${code}: ${message}${proof ? ' (proof with --json)' : ''}`,
    ),
    ...(found > defects.length ? [`            and ${found - defects.length} more`] : []),
    ok ? 'OK' : isWhole ? `NOT IN ORDER: ${found} defects` : 'NOT IN ORDER: the rest was not read',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return ok ? 0 : 1;
}

function witnessed(cosigned: LogAudit['cosigned']): string {
  return cosigned.length === 0 ? '' : `, cosigned by ${cosigned.map(({ witness }) => witness).join(', ')}`;
}

const SHOW_EVERY_MS = 1_000;

/** Says on stderr, once a second, how far an audit has come. */
export function progress(): (entries: number, of: number) => void {
  let shownMs = performance.now();
  return (entries, of) => {
    if (performance.now() - shownMs < SHOW_EVERY_MS) return;
    shownMs = performance.now();
    process.stderr.write(`hearth: ${entries} of ${of} entries\n`);
  };
}

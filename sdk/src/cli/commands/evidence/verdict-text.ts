import type { JudgedEvidence } from '@hearth/attestation/evidence';
import { kindsWithoutPolicy } from './policies.ts';
import { plain, style } from './terminal.ts';

type Options = {
  readonly path: string;
  readonly atUnixSec: number;
  readonly all: boolean;
  readonly hasPolicy: boolean;
};

type Check = JudgedEvidence['checks'][number];

/** A verdict in lines: every check but those that the policy ignores, then the conclusion and what would help. */
export function reportVerdict(judged: JudgedEvidence, options: Options): string[] {
  const { kind, checks } = judged;
  const isQuiet = ({ id, result }: Check) => result === 'ignored' && id.startsWith('policy.') && !options.all;
  const shown = checks.filter((check) => !isQuiet(check));
  const width = Math.max(...shown.map(({ id }) => id.length));
  const hidden = checks.length - shown.length;
  return [
    `${style.bold(kind)}  ${options.path}, judged at ${iso(options.atUnixSec)}`,
    '',
    ...shown.map((check) => `  ${mark(check)}  ${check.id.padEnd(width)}  ${words(check)}`.trimEnd()),
    ...(hidden === 0 ? [] : [style.dim(`  ${hidden} more that the policy ignores (--all lists them)`)]),
    '',
    conclusion(judged),
    ...hints(judged, options),
  ];
}

function mark({ result }: Check): string {
  if (result === 'pass') return style.green('pass   ');
  return result === 'fail' ? style.red('FAIL   ') : style.yellow('ignored');
}

const longest = 160;

function words({ result, expected, actual, detail }: Check): string {
  if (result === 'pass') return style.dim(cut(actual ?? ''));
  if (result === 'ignored') return cut(actual ?? '');
  const pair = expected === undefined ? actual : `expected ${cut(expected)}, got ${cut(actual ?? 'nothing')}`;
  return cut(pair ?? detail ?? '', 2 * longest + 20);
}

function cut(text: string, length = longest): string {
  const safe = plain(text);
  return safe.length > length ? `${safe.slice(0, length)}…` : safe;
}

function conclusion({
  ok,
  reason,
  simulated,
  trustAnchor,
  earliestExpiryUnixSec,
  checks,
}: JudgedEvidence): string {
  const count = (result: Check['result']) => checks.filter((check) => check.result === result).length;
  const counts = `${count('pass')} passed, ${count('fail')} failed, ${count('ignored')} ignored`;
  if (!ok) return `${style.red(style.bold('NOT ACCEPTED'))}: ${reason}  (${counts})`;
  const until = earliestExpiryUnixSec === undefined ? '' : `, holds until ${iso(earliestExpiryUnixSec)}`;
  const root = trustAnchor === undefined ? '' : ` under ${plain(trustAnchor)}`;
  const verdict = simulated
    ? style.yellow(style.bold('ACCEPTED, but SIMULATED'))
    : style.green(style.bold('ACCEPTED'));
  return `${verdict}${root}${until}  (${counts})`;
}

function hints({ kind, checks, ok, reason }: JudgedEvidence, { hasPolicy, path }: Options): string[] {
  const failed = checks.filter(({ result }) => result === 'fail');
  const isCryptographic = failed.some(({ id }) => !id.startsWith('policy.'));
  const hint = (text: string): string => style.dim(`hint: ${text}`);
  const lines: string[] = [];
  if (!hasPolicy && !kindsWithoutPolicy.includes(kind) && !ok) {
    lines.push(
      hint(
        'no --policy was given. The strict default has empty allow-lists, and an empty list allows nothing.',
      ),
      hint(
        `\`hearth evidence policy ${path} > policy.json\` writes one that allows exactly this; read it before use.`,
      ),
      ...(isCryptographic ? [] : [hint('All cryptographic checks passed; only the policy is missing.')]),
    );
  }
  if (reason === 'expired') {
    lines.push(hint('old evidence is judged at its own time with --at, with the collateral of that time.'));
  }
  if (kind === 'tdx-eventlog' && ok) {
    lines.push(hint('only the log was judged: the quote itself is a file of evidence of its own.'));
  }
  return lines;
}

function iso(unixSec: number): string {
  return new Date(unixSec * 1000).toISOString().replace('.000Z', 'Z');
}

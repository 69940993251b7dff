import { appendFile } from 'node:fs/promises';
import { parseJson } from '@hearth/sdk/protocol';
import { readIfThere } from '../../host/durable-file.ts';
import { type IntervalRecord, intervalRecord, recordDigest } from './interval-record.ts';

export type LogFinding = { readonly line: number; readonly problem: string };

/** The records of a home, one line each, each holding the digest of the one before: what was edited afterwards does not fit. */
export class IntervalLog {
  readonly #path: string;
  /** What was written before this start, oldest first. */
  readonly earlier: readonly IntervalRecord[];
  #previous: string | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, earlier: readonly IntervalRecord[]) {
    this.#path = path;
    this.earlier = earlier;
    const last = earlier.at(-1);
    this.#previous = last && recordDigest(last);
  }

  static async open(path: string): Promise<IntervalLog> {
    return new IntervalLog(path, parseIntervalLog((await readIfThere(path)) ?? '').records);
  }

  append(record: Omit<IntervalRecord, 'previous'>): Promise<void> {
    const chained: IntervalRecord = { ...record, ...(this.#previous && { previous: this.#previous }) };
    this.#previous = recordDigest(chained);
    this.#writing = this.#writing.then(() => appendFile(this.#path, `${JSON.stringify(chained)}\n`));
    return this.#writing;
  }

  /** Resolves when everything appended by now is written. */
  settled(): Promise<void> {
    return this.#writing;
  }
}

/** All records of a file, and every line that is none or does not follow the one before. */
export function parseIntervalLog(text: string): {
  readonly records: readonly IntervalRecord[];
  readonly findings: readonly LogFinding[];
} {
  const records: IntervalRecord[] = [];
  const findings: LogFinding[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const parsed = intervalRecord.safeParse(parseJson(line));
    if (!parsed.success) {
      findings.push({ line: index + 1, problem: 'not a record' });
      continue;
    }
    const before = records.at(-1);
    if (parsed.data.previous !== (before && recordDigest(before)))
      findings.push({ line: index + 1, problem: 'does not follow the record before it' });
    if (sumOf(parsed.data) !== parsed.data.nodeEnergy.milliJoules)
      findings.push({ line: index + 1, problem: 'its shares do not sum to what was measured' });
    records.push(parsed.data);
  }
  return { records, findings };
}

function sumOf({ idleMilliJoules, unallocatedMilliJoules, jobs }: IntervalRecord): number {
  return jobs.reduce((sum, { milliJoules }) => sum + milliJoules, idleMilliJoules + unallocatedMilliJoules);
}

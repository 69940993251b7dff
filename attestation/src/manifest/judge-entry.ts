import { formatError } from '../errors.ts';
import type { EntryJudge } from './entry.ts';
import { dcapKinds, judgeDcapEntry } from './judge-dcap.ts';
import { judgeEventLogEntry } from './judge-event-log.ts';
import { judgeNvidiaEntry } from './judge-nvidia.ts';
import { judgeNvidiaEatEntry } from './judge-nvidia-eat.ts';
import { judgeNvidiaRimEntry } from './judge-nvidia-rim.ts';
import { judgeSevSnpEntry } from './judge-sev-snp.ts';

const judges: ReadonlyMap<string, EntryJudge> = new Map([
  ...dcapKinds.map((kind) => [kind, judgeDcapEntry] as const),
  ['sev-snp-report', judgeSevSnpEntry],
  ['nvidia-gpu-evidence', judgeNvidiaEntry],
  ['nvidia-switch-evidence', judgeNvidiaEntry],
  ['nvidia-rim', judgeNvidiaRimEntry],
  ['nvidia-eat', judgeNvidiaEatEntry],
  ['tdx-eventlog', judgeEventLogEntry],
]);

/** Every kind of entry that can be judged. */
export const manifestKinds: readonly string[] = [...judges.keys()];

/**
 * Judges an entry of any kind with the production verifier of its format. Throws EvidenceError `format` for an entry
 * that nobody here understands: its kind, a file field or a policy key.
 */
export const judgeEntry: EntryJudge = (entry, read) => {
  const judge = judges.get(entry.kind);
  if (judge === undefined) {
    throw formatError(`entry ${entry.id}, kind`, { expected: manifestKinds.join(', '), actual: entry.kind });
  }
  return judge(entry, read);
};

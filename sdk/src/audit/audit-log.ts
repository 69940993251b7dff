import type { z } from 'zod';
import {
  type Checkpoint,
  type Cosignature,
  HearthError,
  type logPromise,
  type TrustFile,
} from '../protocol/index.ts';
import { checkpointByLog, witnessesOf } from '../verify/trusted-checkpoint.ts';
import { type Anchor, AnchorCheck } from './check-anchors.ts';
import { PromiseCheck } from './check-promises.ts';
import { type Defect, Defects } from './defect.ts';
import { type LogObserver, LogPass } from './log-pass.ts';
import type { LogSource } from './log-source.ts';

export type AuditOptions = {
  readonly source: LogSource;
  readonly trust: TrustFile;
  /** Notes of this log seen before or elsewhere: what it signed once, it must still show. */
  readonly seen: readonly string[];
  /** What the log promised to nodes. */
  readonly promises: readonly z.output<typeof logPromise.schema>[];
  /** What the operator fixed on the chain, oldest first. */
  readonly anchors: readonly Anchor[];
  /** What else looks at the entries on their way. */
  readonly observe?: (defects: Defects) => LogObserver;
  /** After the last entry; not called when reading ended before it. */
  readonly onRead?: (checkpoint: Checkpoint) => void;
  readonly onProgress?: (entries: number, of: number) => void;
};

export interface LogAudit {
  readonly checkpoint: Checkpoint;
  readonly note: string;
  readonly cosigned: readonly Cosignature[];
  /** Entries read, in order from the first. */
  readonly entries: number;
  readonly promisesDue: number;
  readonly anchors: number;
  /** How many defects; of a great many only the first are listed. */
  readonly found: number;
  readonly defects: readonly Defect[];
}

/** Reads a log from its first entry to its newest checkpoint and says what is wrong with it. @throws HearthError when it cannot be read */
export async function auditLog(options: AuditOptions): Promise<LogAudit> {
  const { source, trust, seen, promises, anchors, observe, onRead, onProgress } = options;
  const note = await source.checkpoint();
  const checkpoint = checkpointByLog(note, trust);
  if (!checkpoint)
    throw new HearthError(
      'invalid_signature',
      `log ${source.url}: its checkpoint is by no key of the trust file`,
    );
  const defects = new Defects();
  const { cosigned, quorum, isMet } = witnessesOf(note, trust);
  if (!isMet)
    defects.add(
      'log_unwitnessed',
      null,
      `checkpoint of ${checkpoint.treeSize} entries: cosigned by ${cosigned.length} trusted witnesses, expected ${quorum}`,
    );
  const promised = new PromiseCheck(promises, trust, checkpoint, defects);
  const anchored = new AnchorCheck(anchors, checkpoint, defects);
  const observers = [promised, anchored, ...(observe ? [observe(defects)] : [])];
  const entries = await new LogPass({
    source,
    trust,
    checkpoint,
    note,
    seen,
    observers,
    defects,
    ...(onProgress ? { onProgress } : {}),
  }).run();
  if (entries === checkpoint.treeSize) {
    promised.finish();
    onRead?.(checkpoint);
  }
  return {
    checkpoint,
    note,
    cosigned,
    entries,
    promisesDue: promised.due,
    anchors: anchors.length,
    found: defects.found,
    defects: defects.list,
  };
}

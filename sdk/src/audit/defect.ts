import type { LogFork } from '../protocol/index.ts';

/** What can be wrong with a log, named after what the operator must have done. Closed. */
export const defectCodes = [
  /** A signed promise has run out, and the log does not have the message. */
  'ask_withheld',
  /** The message is in the log with another time than was promised. */
  'ask_late',
  /** A standing ask that would have ranked was passed over without a word. */
  'ask_ignored',
  /** A clearing is not what its inputs give, or not of the request that it shows. */
  'clearing_altered',
  /** A clearing cites a checkpoint that the log did not sign, or one too old. */
  'checkpoint_stale',
  /** A drand round that its network did not sign, or an old one. */
  'beacon_altered',
  /** A window is not what the logged receipts give. */
  'window_altered',
  /** A quality table is not what the logged receipts and misses give. */
  'quality_altered',
  /** An ejection that the record does not give. */
  'ejection_altered',
  /** A clearing names other roots of its pools than the standing asks have. */
  'books_altered',
  /** Two signed histories, or a clearing that cites a history which is not this one. */
  'log_forked',
  /** The log shows less than it has signed before. */
  'log_rolled_back',
  /** Entries do not add up to the root that the log signed. */
  'log_altered',
  /** An entry that no rule of the protocol allows, or whose signature does not hold. */
  'entry_invalid',
  /** Fewer witnesses cosigned the checkpoint than the trust file demands. */
  'log_unwitnessed',
  /** The chain has another root for this size. */
  'anchor_altered',
] as const;
export type DefectCode = (typeof defectCodes)[number];

export interface Defect {
  readonly code: DefectCode;
  /** Index of the log entry that shows it, where there is one. */
  readonly index: number | null;
  readonly message: string;
  /** Convinces others without this log: `hearth audit fork`. */
  readonly proof?: LogFork;
}

/** An audit that finds everything wrong would otherwise end in a list as long as the log. */
const MAX_DEFECTS = 1000;

/** What an audit has found so far. */
export class Defects {
  readonly list: Defect[] = [];
  #found = 0;

  add(code: DefectCode, index: number | null, message: string, proof?: LogFork): void {
    this.#found += 1;
    if (this.list.length < MAX_DEFECTS)
      this.list.push({ code, index, message, ...(proof === undefined ? {} : { proof }) });
  }

  /** Those beyond the list included. */
  get found(): number {
    return this.#found;
  }
}

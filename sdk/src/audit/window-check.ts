import { type TimedLeaf, windowsOf } from '../market/index.ts';
import { canonicalBytes, type LogEntry } from '../protocol/index.ts';
import type { Defects } from './defect.ts';
import type { LoggedEntry, LogObserver } from './log-pass.ts';
import type { ReceiptCheck } from './receipt-check.ts';

/** The gateway closes a window within seconds; after a restart it has some catching up to do. */
const GRACE_MS = 60_000;

type Window = Extract<LogEntry, { kind: 'window' }>['window'];

/** A window, and what the receipts before it give in its place. */
export interface CheckedWindow {
  readonly index: number;
  readonly window: Window;
  readonly expected: Window | undefined;
}

/** Computes every price window again from the receipts that stand before it. None may be missing, moved or changed. */
export class WindowCheck implements LogObserver {
  readonly #defects: Defects;
  readonly #receipts: Pick<ReceiptCheck, 'isCounted'>;
  readonly #onChecked: ((checked: CheckedWindow) => void) | undefined;
  /** Receipts that no window covers yet, and the windows between them, in log order. */
  #leaves: TimedLeaf[] = [];
  /** Windows that must come next. */
  #due: Window[] = [];
  #closedMs = 0;
  #checked = 0;

  constructor(
    receipts: Pick<ReceiptCheck, 'isCounted'>,
    defects: Defects,
    onChecked?: (checked: CheckedWindow) => void,
  ) {
    this.#receipts = receipts;
    this.#defects = defects;
    this.#onChecked = onChecked;
  }

  get checked(): number {
    return this.#checked;
  }

  apply({ index, entry }: LoggedEntry): void {
    if (entry.kind === 'receipt') {
      const leaf = this.#receipts.isCounted(index, entry) ? entry.message.body : undefined;
      this.#leaves.push({ index, atMs: entry.atMs, leaf });
    }
    if (entry.kind !== 'window') return;
    this.#check(index, entry.window);
    this.#leaves.push({ index, atMs: entry.atMs, leaf: undefined }); // it moves log time
  }

  /** After the whole log was read, as it was signed at `timeMs`: what is closed for long must stand in a window. */
  finish(timeMs: number): void {
    const [missing] =
      this.#due.length > 0 ? this.#due : windowsOf(this.#leaves, this.#closedMs, timeMs - GRACE_MS);
    if (missing !== undefined)
      this.#defects.add(
        'window_altered',
        missing.fromIndex,
        `receipt ${missing.fromIndex}: in no window; pool ${missing.poolId} traded from ${missing.fromMs} to ${missing.toMs}`,
      );
  }

  #check(index: number, window: Window): void {
    if (this.#due.length === 0) this.#close(window.toMs);
    const expected = this.#due.shift();
    this.#checked += 1;
    this.#onChecked?.({ index, window, expected });
    if (expected !== undefined && textOf(expected) === textOf(window)) return;
    const name = `window ${index} of pool ${window.poolId} from ${window.fromMs}`;
    if (expected === undefined)
      this.#defects.add('window_altered', index, `${name}: no logged receipt is in it`);
    else if (expected.poolId !== window.poolId || expected.fromMs !== window.fromMs)
      this.#defects.add(
        'window_altered',
        index,
        `${name}: the next one is of pool ${expected.poolId} from ${expected.fromMs}`,
      );
    else
      this.#defects.add(
        'window_altered',
        index,
        `${name}: its receipts give ${difference(window, expected)}`,
      );
  }

  #close(toMs: number): void {
    this.#due = windowsOf(this.#leaves, this.#closedMs, toMs);
    const coveredTo = Math.max(0, ...this.#due.map(({ toIndex }) => toIndex));
    this.#leaves = this.#leaves.filter(({ index }) => index >= coveredTo);
    this.#closedMs = Math.max(this.#closedMs, toMs);
  }
}

const textOf = (window: Window): string => Buffer.from(canonicalBytes(window)).toString();

function difference(claimed: Window, expected: Window): string {
  if (claimed.fromIndex !== expected.fromIndex || claimed.toIndex !== expected.toIndex)
    return `entries ${expected.fromIndex} to ${expected.toIndex}, not ${claimed.fromIndex} to ${claimed.toIndex}`;
  const other = expected.providers.find(
    (own) => !claimed.providers.some((said) => JSON.stringify(said) === JSON.stringify(own)),
  );
  return other === undefined
    ? `${expected.providers.length} providers, not ${claimed.providers.length}`
    : `${JSON.stringify(other)} for provider ${other.provider}`;
}

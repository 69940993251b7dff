import { EvidenceError, type EvidenceReason } from './errors.ts';

/** One line of a verdict. Every check of the list is there, whatever happened before it. */
export type Check<Id extends string = string> = {
  readonly id: Id;
  readonly result: 'pass' | 'fail' | 'ignored';
  readonly expected?: string;
  readonly actual?: string;
  /** Present on a failed check. */
  readonly reason?: EvidenceReason;
  /** Present on a failed check: a sentence for people. */
  readonly detail?: string;
};

/** What a check produced: absent when it failed or could not be made. */
export type Outcome<T> = { readonly id: string; readonly value: T | undefined };

type Values<Needs extends readonly Outcome<unknown>[]> = {
  readonly [K in keyof Needs]: Needs[K] extends Outcome<infer T> ? T : never;
};

/**
 * Runs checks in order and keeps one line for each. A check whose input is missing, because an earlier one failed,
 * fails too and says so: an unmade check never counts as passed.
 */
export class CheckLog<Id extends string> {
  readonly #reasons: Readonly<Record<Id, EvidenceReason>>;
  readonly #checks: Check<Id>[] = [];

  constructor(reasons: Readonly<Record<Id, EvidenceReason>>) {
    this.#reasons = reasons;
  }

  get checks(): readonly Check<Id>[] {
    return this.#checks;
  }

  run<const Needs extends readonly Outcome<unknown>[], T extends NonNullable<unknown>>(
    id: Id,
    needs: Needs,
    check: (...values: Values<Needs>) => T,
  ): Outcome<T> {
    const reason = this.#reasons[id];
    const missing = needs.find((need) => need.value === undefined);
    if (missing !== undefined) {
      const actual = `not evaluated: ${missing.id} failed`;
      this.#checks.push({ id, result: 'fail', actual, reason, detail: actual });
      return { id, value: undefined };
    }
    try {
      const value = check(...(needs.map((need) => need.value) as unknown as Values<Needs>));
      this.#checks.push({ id, result: 'pass' });
      return { id, value };
    } catch (error) {
      // Anything else is a bug of ours and must not look like bad evidence.
      if (!(error instanceof EvidenceError)) throw error;
      this.#checks.push({ id, result: 'fail', reason, detail: error.message, ...discrepancy(error) });
      return { id, value: undefined };
    }
  }

  /** The same for a check that yields nothing: it passes unless it throws. */
  assert<const Needs extends readonly Outcome<unknown>[]>(
    id: Id,
    needs: Needs,
    check: (...values: Values<Needs>) => void,
  ): Outcome<true> {
    return this.run(id, needs, (...values) => {
      check(...values);
      return true as const;
    });
  }

  /** A check that the caller left out on purpose, and what that leaves open: it must show in the verdict. */
  ignore(id: Id, actual: string): void {
    this.#checks.push({ id, result: 'ignored', actual });
  }
}

/** The reason of the first failed check. */
export function firstReason(checks: readonly Check[]): EvidenceReason | undefined {
  return checks.find((check) => check.result === 'fail')?.reason;
}

/** An input of checks that no check of its own produced. */
export function given<T>(id: string, value: T | undefined): Outcome<T> {
  return { id, value };
}

function discrepancy({ expected, actual }: EvidenceError): { expected?: string; actual?: string } {
  return {
    ...(expected === undefined ? {} : { expected }),
    ...(actual === undefined ? {} : { actual }),
  };
}

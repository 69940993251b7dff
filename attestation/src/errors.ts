/**
 * Why evidence was refused; closed, shared with the conformance vectors. `expired` also covers "not yet valid".
 * Who must act is always the side that presented the evidence (reaction `distrust-peer`), except `expired`, where
 * fresh collateral may help (`retry-later`).
 */
export const evidenceReasons = [
  'format',
  'chain',
  'expired',
  'revoked',
  'signature',
  'binding',
  'collateral',
  'tcb',
  'debug',
  'policy',
] as const;

export type EvidenceReason = (typeof evidenceReasons)[number];

export type Discrepancy = { readonly expected?: string; readonly actual?: string };

/** Thrown by every `parse…` function of this package: names the thing, what was expected and what arrived. */
export class EvidenceError extends Error {
  override readonly name = 'EvidenceError';
  readonly code: EvidenceReason;
  readonly expected: string | undefined;
  readonly actual: string | undefined;

  constructor(code: EvidenceReason, thing: string, discrepancy: Discrepancy = {}) {
    const { expected, actual } = discrepancy;
    super(
      thing +
        (expected === undefined ? '' : `: expected ${expected}`) +
        (actual === undefined ? '' : `${expected === undefined ? ': ' : ', '}got ${actual}`),
    );
    this.code = code;
    this.expected = expected;
    this.actual = actual;
  }
}

/** Shorthand for the only code that parsers of bytes ever throw. */
export function formatError(thing: string, discrepancy: Discrepancy = {}): EvidenceError {
  return new EvidenceError('format', thing, discrepancy);
}

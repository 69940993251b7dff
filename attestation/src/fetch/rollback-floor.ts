import * as z from 'zod';
import { checkAnswer } from './contents/check-answer.ts';
import { CollateralFetchError } from './errors.ts';
import { describeRequest } from './request.ts';
import type { CollateralItem, CollateralSource } from './source.ts';

const number = z.int().min(0).max(0xffff_ffff);
const perDocument = z.strictObject({ tcbInfo: number, qeIdentity: number });

/** Small and JSON-ready: the caller keeps it across restarts. */
export const rollbackStateSchema = z.strictObject({
  schema: z.literal('hearth-rollback-floor/1'),
  sgx: perDocument,
  tdx: perDocument,
});

export type RollbackState = z.infer<typeof rollbackStateSchema>;

export const emptyRollbackState: RollbackState = {
  schema: 'hearth-rollback-floor/1',
  sgx: { tcbInfo: 0, qeIdentity: 0 },
  tdx: { tcbInfo: 0, qeIdentity: 0 },
};

export type VerifiedNumbers = {
  readonly tcbEvaluationDataNumber: number | undefined;
  readonly qeEvaluationDataNumber: number | undefined;
};

/**
 * The highest `tcbEvaluationDataNumber` seen per TEE and document: TCB Info stays valid for 30 days, so whoever
 * answers could show last month's, in which today's hole is not yet known. Counted per document, because Intel does not always raise
 * both on the same day (20 and 19 in public collateral of August 2026).
 */
export class RollbackFloor {
  #state: RollbackState;

  constructor(state: RollbackState = emptyRollbackState) {
    this.#state = rollbackStateSchema.parse(state);
  }

  get state(): RollbackState {
    return this.#state;
  }

  /**
   * To be called with the numbers of a verdict that **passed**. A number that was only fetched must never get here: an
   * unsigned answer with a huge one would lock out every honest answer for ever.
   */
  raise(tee: 'sgx' | 'tdx', verified: VerifiedNumbers): RollbackState {
    const { tcbInfo, qeIdentity } = this.#state[tee];
    this.#state = {
      ...this.#state,
      [tee]: {
        tcbInfo: Math.max(tcbInfo, number.parse(verified.tcbEvaluationDataNumber ?? 0)),
        qeIdentity: Math.max(qeIdentity, number.parse(verified.qeEvaluationDataNumber ?? 0)),
      },
    };
    return this.#state;
  }

  /** Throws CollateralFetchError `rollback` for one of Intel's documents below the floor; others pass. */
  assertNotBelow(item: CollateralItem): void {
    const { request } = item;
    if (request.kind !== 'intel-tcb-info' && request.kind !== 'intel-qe-identity') return;
    const floor = this.#state[request.tee][request.kind === 'intel-tcb-info' ? 'tcbInfo' : 'qeIdentity'];
    const { tcbEvaluationDataNumber: actual = 0 } = checkAnswer(request, item.bytes, item.issuerChainPem);
    if (actual >= floor) return;
    throw new CollateralFetchError('rollback', `${describeRequest(request)}, tcbEvaluationDataNumber`, {
      expected: `>= ${floor}, which was verified before`,
      actual: String(actual),
    });
  }
}

/** Refuses what lies below the floor; a remembered answer that the floor has overtaken is asked for once more. */
export function withRollbackFloor(source: CollateralSource, floor: RollbackFloor): CollateralSource {
  return {
    fetch: async (request, options = {}) => {
      const item = await source.fetch(request, options);
      try {
        floor.assertNotBelow(item);
        return item;
      } catch (error) {
        if (options.refresh === true) throw error;
      }
      const again = await source.fetch(request, { refresh: true });
      floor.assertNotBelow(again);
      return again;
    },
  };
}

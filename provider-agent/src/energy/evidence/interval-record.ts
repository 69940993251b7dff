import { canonicalHash } from '@hearth/sdk/protocol';
import { z } from 'zod';

/** How a figure came about. Readers may rank by it and never drop it. */
const basis = z.enum(['measured', 'estimated', 'declared', 'default']);

const figure = { basis };
const sha256 = z.string().regex(/^0x[0-9a-f]{64}$/);

/** Evidence of one quarter of an hour. `attested` is false throughout: an enclave cannot see a cable. */
export const intervalRecord = z.strictObject({
  v: z.literal(1),
  startMs: z.int(),
  endMs: z.int(),
  nodeEnergy: z.strictObject({
    milliJoules: z.int().min(0),
    ...figure,
    instrument: z.string(),
    /** `wall`: all that the node takes; `parts`: processor or cards, the rest as the owner put it; `setpoint`: not measured. */
    scope: z.enum(['wall', 'parts', 'setpoint']),
    attested: z.literal(false),
  }),
  /** Draw without work, never put on a job. */
  idleMilliJoules: z.int().min(0),
  /** What receipts have stated in this time: shares by tokens of the enclave, of what this host declared to it. */
  jobs: z.array(
    z.strictObject({ jobId: z.string(), milliJoules: z.int().min(0), basis: z.literal('estimated') }),
  ),
  /**
   * What is left: all of them sum to the whole exactly. Above zero no job accounts for it; below, receipts were ahead of the
   * meter, and the next interval makes up for it.
   */
  unallocatedMilliJoules: z.int(),
  source: z.strictObject({
    solarWh: z.number(),
    batteryWh: z.number(),
    importWh: z.number(),
    ...figure,
    method: z.literal('site-netting v1'),
  }),
  /** By the tariff that the home has declared. */
  cost: z.strictObject({ amount: z.number(), currency: z.string(), basis: z.literal('estimated') }),
  grid: z
    .strictObject({
      gramsPerKwh: z.number(),
      basis: z.literal('estimated'),
      source: z.string(),
      kind: z.enum(['average', 'marginal']),
    })
    .optional(),
  /** Signed readings of a meter, as it gave them (OCMF). */
  signedReadings: z.array(z.string()),
  /** Over the readings that the figures were made of, in order. */
  rawDigest: sha256,
  /** Of the record before; the first has none. */
  previous: sha256.optional(),
});
export type IntervalRecord = z.infer<typeof intervalRecord>;

/** SHA-256 over the canonical JSON. */
export function recordDigest(record: IntervalRecord): string {
  return canonicalHash(record);
}

import { randomBytes } from 'node:crypto';
import { z } from 'zod';

const moment = z.int().nullable();

/** OpenAI's batch object. */
export const batchObject = z.strictObject({
  id: z.string(),
  object: z.literal('batch'),
  endpoint: z.string(),
  errors: z
    .strictObject({
      object: z.literal('list'),
      data: z.array(
        z.strictObject({
          code: z.string(),
          line: z.int().nullable(),
          message: z.string(),
          param: z.string().nullable(),
        }),
      ),
    })
    .nullable(),
  input_file_id: z.string(),
  completion_window: z.literal('24h'),
  status: z.enum([
    'validating',
    'failed',
    'in_progress',
    'finalizing',
    'completed',
    'expired',
    'cancelling',
    'cancelled',
  ]),
  output_file_id: z.string().nullable(),
  error_file_id: z.string().nullable(),
  created_at: z.int(),
  in_progress_at: moment,
  expires_at: z.int(),
  finalizing_at: moment,
  completed_at: moment,
  failed_at: moment,
  expired_at: moment,
  cancelling_at: moment,
  cancelled_at: moment,
  request_counts: z.strictObject({
    total: z.int().min(0),
    completed: z.int().min(0),
    failed: z.int().min(0),
  }),
  metadata: z.record(z.string(), z.string()).nullable(),
});
export type BatchObject = z.infer<typeof batchObject>;

const WINDOW_SEC = 86_400;

export function newBatch(
  asked: Pick<BatchObject, 'endpoint' | 'input_file_id' | 'metadata'>,
  nowUnixSec: number,
): BatchObject {
  return {
    id: `batch_${randomBytes(12).toString('hex')}`,
    object: 'batch',
    ...asked,
    errors: null,
    completion_window: '24h',
    status: 'validating',
    output_file_id: null,
    error_file_id: null,
    created_at: nowUnixSec,
    in_progress_at: null,
    expires_at: nowUnixSec + WINDOW_SEC,
    finalizing_at: null,
    completed_at: null,
    failed_at: null,
    expired_at: null,
    cancelling_at: null,
    cancelled_at: null,
    request_counts: { total: 0, completed: 0, failed: 0 },
  };
}

const ended: ReadonlySet<BatchObject['status']> = new Set(['failed', 'completed', 'expired', 'cancelled']);

export function hasEnded({ status }: BatchObject): boolean {
  return ended.has(status);
}

import { z } from 'zod';
import { HearthError } from '../../protocol/index.ts';
import { jsonAnswer } from '../api.ts';
import { pageOf } from '../page.ts';
import { readJson } from '../request-body.ts';
import type { Serve } from '../routes.ts';
import { batchEndpoints } from './batch-input.ts';

const createBody = z.strictObject({
  input_file_id: z.string(),
  endpoint: z.enum(Object.keys(batchEndpoints)),
  completion_window: z.literal('24h'),
  metadata: z.record(z.string().max(64), z.string().max(512)).nullish(),
  output_expires_after: z
    .strictObject({ anchor: z.literal('created_at'), seconds: z.int().min(1) })
    .nullish(),
});

export const createBatch: Serve = async ({ stores }, request) => {
  const parsed = createBody.safeParse(await readJson(request));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const param = issue?.path.join('.') || 'body';
    throw new HearthError('invalid_request', `${param}: ${issue?.message}`, { details: { param } });
  }
  const { input_file_id, endpoint, metadata = null } = parsed.data;
  return jsonAnswer(stores().batches.create({ input_file_id, endpoint, metadata }));
};

export const listBatches: Serve = async ({ stores }, { query }) =>
  pageOf(stores().batches.all(), query, { limit: 20, order: 'desc' });

export const showBatch: Serve = async ({ stores }, _request, { id = '' }) =>
  jsonAnswer(stores().batches.get(id));

export const cancelBatch: Serve = async ({ stores }, _request, { id = '' }) =>
  jsonAnswer(stores().batches.cancel(id));

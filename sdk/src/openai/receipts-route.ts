import { HearthError } from '../protocol/index.ts';
import { jsonAnswer } from './api.ts';
import type { Serve } from './routes.ts';

/** What a call cost, by the id of any of its jobs: `x-job-id` of its answer. */
export const showReceipt: Serve = async ({ receipts }, _request, { job = '' }) => {
  const known = receipts.find(job);
  if (known) return jsonAnswer(known);
  throw new HearthError('not_found', `job ${job}: not one whose whole answer this process gave lately`);
};

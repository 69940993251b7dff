import { z } from 'zod';
import type { RequestBody } from '../../client/job-request.ts';
import { type EndpointName, parseJson } from '../../protocol/index.ts';
import type { BatchObject } from './batch-object.ts';

/** Endpoints that a batch may be for, by the path that its lines name. */
export const batchEndpoints: Readonly<Record<string, EndpointName>> = {
  '/v1/chat/completions': 'chatCompletions',
  '/v1/completions': 'completions',
  '/v1/responses': 'responses',
  '/v1/embeddings': 'embeddings',
};

export type BatchLine = { readonly customId: string; readonly body: RequestBody };

const MAX_LINES = 50_000;

const line = z.looseObject({
  custom_id: z.string().min(1).max(512),
  method: z.literal('POST'),
  url: z.string(),
  body: z.looseObject({ model: z.string().min(1) }),
});

type Faults = NonNullable<BatchObject['errors']>['data'];

/** One request a line; all faults at once, so that a file is mended in one go. */
export function parseBatchInput(text: string, endpoint: string): { lines: BatchLine[]; faults: Faults } {
  const lines: BatchLine[] = [];
  const faults: Faults = [];
  const seen = new Set<string>();
  const rows = text.split('\n');
  for (const [index, row] of rows.entries()) {
    if (row.trim() === '') continue;
    const fault = (code: string, message: string, param: string | null = null) =>
      faults.push({ code, line: index + 1, message, param });
    const parsed = line.safeParse(parseJson(row));
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      fault(
        'invalid_json_line',
        `${issue?.path.join('.') || 'line'}: ${issue?.message}`,
        issue?.path.join('.'),
      );
      continue;
    }
    const { custom_id: customId, url, body } = parsed.data;
    if (url !== endpoint) fault('mismatched_url', `url: expected ${endpoint}, got ${url}`, 'url');
    if (seen.has(customId)) fault('duplicate_custom_id', `custom_id ${customId}: used before`, 'custom_id');
    seen.add(customId);
    lines.push({ customId, body });
  }
  if (rows.every((row) => row.trim() === ''))
    faults.push({ code: 'empty_file', line: null, message: 'input file: expected requests', param: null });
  if (lines.length > MAX_LINES)
    faults.push({
      code: 'too_many_tasks',
      line: null,
      message: `input file: at most ${MAX_LINES} requests`,
      param: null,
    });
  return { lines, faults };
}

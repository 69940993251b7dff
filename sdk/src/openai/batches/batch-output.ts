import type { LineResult } from './batch-store.ts';

/** The two files of a batch, one JSON line for each request: what was answered, and what failed. */
export function batchOutput(results: readonly LineResult[]): { output: string; errors: string } {
  const texts = { output: '', errors: '' };
  for (const result of results) texts[isAnswered(result) ? 'output' : 'errors'] += `${jsonLine(result)}\n`;
  return texts;
}

export function isAnswered({ response }: LineResult): boolean {
  return response !== null && response.status < 400;
}

function jsonLine({ customId, response, error, receipts }: LineResult): string {
  return JSON.stringify({
    id: `batch_req_${customId}`,
    custom_id: customId,
    response:
      response === null
        ? null
        : { status_code: response.status, request_id: response.requestId, body: response.body, receipts },
    error,
  });
}

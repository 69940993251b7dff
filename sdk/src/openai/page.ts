import { HearthError } from '../protocol/index.ts';
import { type ApiAnswer, jsonAnswer } from './api.ts';

const MOST_PER_PAGE = 10_000;

/** One page of a list, as OpenAI's clients ask for it: `limit`, `after`, `order`. `objects` come oldest first. */
export function pageOf(
  objects: readonly { readonly id: string }[],
  query: URLSearchParams,
  standard: { limit: number; order: 'asc' | 'desc' },
): ApiAnswer {
  const limit = query.get('limit') === null ? standard.limit : Number(query.get('limit'));
  if (!Number.isInteger(limit) || limit < 0 || limit > MOST_PER_PAGE)
    throw new HearthError(
      'invalid_request',
      `limit: expected 0 to ${MOST_PER_PAGE}, got ${query.get('limit')}`,
      {
        details: { param: 'limit' },
      },
    );
  const ordered = (query.get('order') ?? standard.order) === 'asc' ? objects : objects.toReversed();
  const after = query.get('after');
  const start = after === null ? 0 : ordered.findIndex(({ id }) => id === after) + 1;
  const data = ordered.slice(start, start + limit);
  return jsonAnswer({
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: start + data.length < ordered.length,
  });
}

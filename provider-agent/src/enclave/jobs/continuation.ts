import { type Continuation, continuation, continuationMember } from '@hearth/sdk/protocol';
import { RequestError } from './request-error.ts';

/**
 * The client's own request, and what earlier attempts of it have delivered. A first attempt has nothing to go on from:
 * there the member is refused like any other that we do not know.
 * @throws RequestError
 */
export function splitRequest(
  request: Readonly<Record<string, unknown>>,
  attempt: number,
): { client: Record<string, unknown>; continuation: Continuation | undefined } {
  const { [continuationMember]: asked, ...client } = request;
  if (asked === undefined) return { client, continuation: undefined };
  const parsed = continuation.safeParse(asked);
  if (attempt > 0 && parsed.success) return { client, continuation: parsed.data };
  throw cannotContinue(attempt > 0 ? 'it is not what it should be' : 'a first attempt has none');
}

export const cannotContinue = (why: string) =>
  new RequestError(
    'unsupported_parameter',
    `Unsupported parameter: '${continuationMember}': ${why}.`,
    continuationMember,
  );

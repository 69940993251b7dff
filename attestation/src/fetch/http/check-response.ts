import { CollateralFetchError, type FetchErrorCode } from '../errors.ts';
import type { HttpRequest } from './http-request.ts';
import { retryAfterMs } from './retry-after.ts';

/** Status first, type second; nothing of the body is read for an answer that is refused. */
export function assertUsable(response: Response, request: HttpRequest, nowMs: number, thing: string): void {
  // Browsers hide a redirect that was not followed behind status 0 and this type.
  const status = response.type === 'opaqueredirect' ? 302 : response.status;
  if (status !== 200) {
    const wait = retryAfterMs(response.headers.get('retry-after'), nowMs);
    throw new CollateralFetchError(codeOf(status), thing, {
      expected: 'status 200',
      actual: String(status),
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
    });
  }
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  const isAccepted = type === undefined ? !request.typeRequired : request.contentTypes.includes(type);
  if (!isAccepted) {
    throw new CollateralFetchError('wrong-type', thing, {
      expected: request.contentTypes.join(' or '),
      actual: type?.slice(0, 60) ?? 'no content type',
    });
  }
}

const codes: Readonly<Record<number, FetchErrorCode>> = {
  400: 'bad-request',
  404: 'not-found',
  408: 'timeout',
  410: 'gone',
  429: 'rate-limited',
};

function codeOf(status: number): FetchErrorCode {
  if (status >= 500) return 'unavailable';
  if (status >= 400) return codes[status] ?? 'refused';
  // A redirect could lead to another host or into the own network, so none is followed.
  return status >= 300 ? 'redirected' : 'malformed';
}

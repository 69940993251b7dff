import { z } from 'zod';
import { HearthError, isErrorCode } from '../protocol/index.ts';

const envelope = z.object({
  error: z.object({ message: z.string(), code: z.string().nullish(), param: z.string().nullish() }),
});

/** The error in the authenticated JSON of an answer of status 400 or above, with the enclave's own code and sentence. */
export function enclaveRefusal(body: unknown, status: number): HearthError {
  const parsed = envelope.safeParse(body);
  if (!parsed.success)
    return new HearthError('peer_protocol_violation', `enclave: status ${status} without a reason`);
  const { message, code, param } = parsed.data.error;
  const fallback = status >= 500 ? 'unavailable' : 'invalid_request';
  return new HearthError(isErrorCode(code) ? code : fallback, `enclave: ${message}`, {
    details: { param: param ?? undefined, apiCode: code ?? undefined },
  });
}

import { EvidenceError } from '../../errors.ts';
import { CollateralFetchError } from '../errors.ts';

/** Evidence that cannot be read asks for nothing: the caller's request is at fault, not the vendor. */
export function readEvidence<T>(thing: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof EvidenceError)) throw cause;
    throw new CollateralFetchError('bad-request', thing, { actual: cause.message, cause });
  }
}

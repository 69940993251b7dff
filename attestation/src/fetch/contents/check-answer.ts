import { unixSecToIso } from '../../bytes/utc-time.ts';
import { EvidenceError } from '../../errors.ts';
import { CollateralFetchError } from '../errors.ts';
import { type CollateralRequest, describeRequest } from '../request.ts';
import { type Inspection, inspectAnswer } from './inspect.ts';

/** The parsers speak of evidence; here the fault is the answer's. */
export function checkAnswer(
  request: CollateralRequest,
  bytes: Uint8Array,
  issuerChainPem: string | undefined,
): Inspection {
  try {
    return inspectAnswer(request, bytes, issuerChainPem);
  } catch (cause) {
    if (!(cause instanceof EvidenceError)) throw cause;
    throw new CollateralFetchError('malformed', `${describeRequest(request)}, answer`, {
      actual: cause.message,
      cause,
    });
  }
}

export function assertCurrent(validUntilUnixSec: number | undefined, atUnixSec: number, thing: string): void {
  if (validUntilUnixSec === undefined || atUnixSec <= validUntilUnixSec) return;
  throw new CollateralFetchError('expired', thing, {
    expected: `valid at ${unixSecToIso(atUnixSec)}`,
    actual: `valid until ${unixSecToIso(validUntilUnixSec)}`,
  });
}

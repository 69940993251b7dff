import { formatError } from '../../errors.ts';
import { isSameId } from '../../nvidia/ocsp/certificate-id.ts';
import { parseOcspResponse } from '../../nvidia/ocsp/parse.ts';
import { derTag, enterDer } from '../../x509/der-reader.ts';
import { readSmallInteger } from '../../x509/der-values.ts';
import { CollateralFetchError } from '../errors.ts';
import { describeRequest, type RequestOf } from '../request.ts';

/** RFC 6960 §4.2.1: 2 internalError and 3 tryLater pass by themselves; the others say that we asked wrongly. */
const passingFailures = new Set([2, 3]);

/** nextUpdate of the answer about the certificate that was asked for; nothing is verified here. */
export function readOcspNextUpdate(request: RequestOf<'nvidia-ocsp'>, der: Uint8Array): number {
  const thing = describeRequest(request);
  assertSuccessful(der, thing);
  const { responses } = parseOcspResponse(der);
  const { issuerNameSha384: nameSha384, issuerKeySha384: keySha384, serial } = request;
  const asked = { nameSha384, keySha384, serial };
  const answer = responses.find(({ certificateId }) => isSameId(certificateId, asked));
  if (answer !== undefined) return answer.nextUpdateUnixSec;
  throw new CollateralFetchError('mismatch', thing, {
    expected: 'an answer about this certificate of this issuer',
    actual: `about ${responses.map(({ certificateId }) => certificateId.serial).join(', ')}`,
  });
}

/** A failure is a bare status: that it came is no fault of the answer's form, and some pass. */
function assertSuccessful(der: Uint8Array, thing: string): void {
  const outer = enterDer(der, derTag.sequence, thing);
  const status = readSmallInteger(outer, `${thing}, status`, derTag.enumerated);
  if (status === 0) return;
  if (status > 6) throw formatError(`${thing}, status`, { expected: '0 to 6', actual: `${status}` });
  const code = passingFailures.has(status) ? 'unavailable' : 'refused';
  throw new CollateralFetchError(code, thing, { expected: 'OCSP status 0', actual: String(status) });
}

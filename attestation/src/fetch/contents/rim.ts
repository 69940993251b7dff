import * as z from 'zod';
import { base64ToBytes } from '../../bytes/base64.ts';
import { bareHexToBytes, bytesToHex } from '../../bytes/hex.ts';
import { parseStrictJson } from '../../bytes/strict-json.ts';
import { utf8ToText } from '../../bytes/text.ts';
import { checkShape } from '../../collateral/dcap-collateral.ts';
import { sha256 } from '../../crypto/index.ts';
import { CollateralFetchError } from '../errors.ts';
import { describeRequest, type RequestOf } from '../request.ts';

const answerSchema = z.object({
  id: z.string(),
  rim: z.string(),
  sha256: z.string().regex(/^[0-9a-fA-F]{64}$/),
  /** CORIM for network cards and the like, which nothing here verifies. Older answers leave it out. */
  rim_format: z.literal('TCG').optional(),
});

/**
 * The SWID document out of the RIM service's JSON. `sha256` is that of the decoded document (measured on the sample
 * in the IETF RATS wiki, "NVIDIA RIM Service"): it finds damage, not forgery; the XML signature is for `verify…`.
 */
export function readRim(request: RequestOf<'nvidia-rim'>, bytes: Uint8Array): Uint8Array {
  const thing = describeRequest(request);
  const answer = checkShape(answerSchema, parseStrictJson(utf8ToText(bytes, thing), thing), thing);
  if (answer.id !== request.id) {
    const actual = answer.id.slice(0, 130);
    throw new CollateralFetchError('mismatch', `${thing}, id`, { expected: request.id, actual });
  }
  const document = base64ToBytes(answer.rim);
  const actual = bytesToHex(sha256(document));
  const expected = bytesToHex(bareHexToBytes(answer.sha256));
  if (actual !== expected)
    throw new CollateralFetchError('malformed', `${thing}, sha256`, { expected, actual });
  return document;
}

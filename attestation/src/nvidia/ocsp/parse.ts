import { bytesToHex, type Hex } from '../../bytes/hex.ts';
import { formatError } from '../../errors.ts';
import { decodeSignature, readSignatureAlgorithm, type SignatureAlgorithm } from '../../x509/algorithms.ts';
import { DerReader, derTag, enterDer } from '../../x509/der-reader.ts';
import { readGeneralizedTime, readOid, readSmallInteger, readWholeBitString } from '../../x509/der-values.ts';
import { readExtensions } from '../../x509/extensions.ts';
import { ocspOid } from './oids.ts';
import { readSingleResponse, type SingleResponse } from './single-response.ts';

const maxResponseLength = 64 * 1024;
const maxCertificates = 8;
const maxResponses = 64;

/** Who says to have signed: by the name of its certificate or by the SHA-1 of its key. */
export type ResponderId = { readonly byName: Uint8Array } | { readonly byKeySha1: Hex };

/** A BasicOCSPResponse signed with ECDSA P-384 and SHA-384: what ocsp.ndis.nvidia.com sends. */
export type OcspResponse = {
  readonly tbs: Uint8Array;
  readonly signatureAlgorithm: SignatureAlgorithm;
  /** r ‖ s. */
  readonly signature: Uint8Array;
  readonly responderId: ResponderId;
  readonly producedAtUnixSec: number;
  readonly responses: readonly SingleResponse[];
  readonly nonce: Hex | undefined;
  /** DER of what the responder sent along. */
  readonly certificates: readonly Uint8Array[];
};

/** Strict DER of RFC 6960 §4.2.1. Throws EvidenceError `format`, also for a response that is only an error code. */
export function parseOcspResponse(der: Uint8Array): OcspResponse {
  if (der.length > maxResponseLength) {
    throw formatError(thing, { expected: `at most ${maxResponseLength} bytes`, actual: `${der.length}` });
  }
  const outer = enterDer(der, derTag.sequence, thing);
  const status = readSmallInteger(outer, `${thing}, status`, derTag.enumerated);
  if (status !== 0)
    throw formatError(`${thing}, status`, { expected: 'successful', actual: `code ${status}` });
  const wrapper = outer.enter(derTag.context0, 'response bytes');
  const typed = wrapper.enter(derTag.sequence, 'response bytes');
  const type = readOid(typed, `${thing}, type`);
  if (type !== ocspOid.basicResponse) {
    throw formatError(`${thing}, type`, { expected: ocspOid.basicResponse, actual: type });
  }
  const basic = typed.next(derTag.octetString, 'basic response').contents;
  typed.finish();
  wrapper.finish();
  outer.finish();
  return readBasicResponse(basic);
}

const thing = 'OCSP response';

function readBasicResponse(der: Uint8Array): OcspResponse {
  const basic = enterDer(der, derTag.sequence, thing);
  const tbs = basic.next(derTag.sequence, 'response data');
  const { name: signatureAlgorithm } = readSignatureAlgorithm(basic, ['ecdsa-sha384'], thing);
  const bits = readWholeBitString(basic, `${thing}, signature`);
  const signature = decodeSignature(signatureAlgorithm, bits, `${thing}, signature`);
  const certificates = basic.done ? [] : readCertificates(basic.enter(derTag.context0, 'certificates'));
  basic.finish();
  return { tbs: tbs.encoded, signatureAlgorithm, signature, certificates, ...readResponseData(tbs.contents) };
}

function readResponseData(contents: Uint8Array) {
  const data = new DerReader(contents, thing);
  // Version 1 is the default and so may not be written in DER; there is no other.
  const responderId = readResponderId(data);
  const producedAtUnixSec = readGeneralizedTime(data, `${thing}, producedAt`);
  const list = data.enter(derTag.sequence, 'responses');
  const responses: SingleResponse[] = [];
  while (!list.done && responses.length <= maxResponses) responses.push(readSingleResponse(list));
  if (responses.length === 0 || responses.length > maxResponses) {
    throw formatError(thing, { expected: `1 to ${maxResponses} single responses` });
  }
  const nonce = data.done ? undefined : readNonce(data.enter(derTag.context1, 'response extensions'));
  data.finish();
  return { responderId, producedAtUnixSec, responses, nonce };
}

function readResponderId(data: DerReader): ResponderId {
  const tag = data.peekTag();
  if (tag !== derTag.context1 && tag !== derTag.context2)
    throw formatError(thing, { expected: 'a responder id' });
  const choice = data.enter(tag, 'responder id');
  const value = choice.next(tag === derTag.context1 ? derTag.sequence : derTag.octetString, 'responder id');
  choice.finish();
  return tag === derTag.context1 ? { byName: value.encoded } : { byKeySha1: bytesToHex(value.contents) };
}

/** RFC 8954: an OCTET STRING inside the extension's own. */
function readNonce(wrapper: DerReader): Hex | undefined {
  const list = wrapper.enter(derTag.sequence, 'list');
  wrapper.finish();
  const extension = readExtensions(list, new Set([ocspOid.nonce]), thing).get(ocspOid.nonce);
  if (extension === undefined) return undefined;
  const reader = new DerReader(extension.value, `${thing}, nonce`);
  const nonce = reader.next(derTag.octetString, 'value').contents;
  reader.finish();
  return bytesToHex(nonce);
}

function readCertificates(wrapper: DerReader): readonly Uint8Array[] {
  const list = wrapper.enter(derTag.sequence, 'list');
  wrapper.finish();
  const certificates: Uint8Array[] = [];
  while (!list.done) {
    certificates.push(list.next(derTag.sequence, 'certificate').encoded);
    if (certificates.length > maxCertificates) {
      throw formatError(thing, { expected: `at most ${maxCertificates} certificates` });
    }
  }
  return certificates;
}

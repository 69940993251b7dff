import { bytesToHex, type Hex } from '../../bytes/hex.ts';
import { formatError } from '../../errors.ts';
import { DerReader, derTag } from '../../x509/der-reader.ts';
import {
  readGeneralizedTime,
  readNull,
  readOid,
  readSmallInteger,
  readUnsigned,
} from '../../x509/der-values.ts';
import { readExtensions } from '../../x509/extensions.ts';
import { ocspOid } from './oids.ts';

const thing = 'OCSP response, single response';
const goodTag = 0x80;
const revokedTag = 0xa1;
const unknownTag = 0x82;
/** RFC 5280 §5.3.1. */
const certificateHold = 6;

/** Which certificate is meant: hashes of its issuer's name and key, and its serial number. */
export type CertificateId = { readonly nameSha384: Hex; readonly keySha384: Hex; readonly serial: Hex };

/** A hold is a revocation that may be taken back. */
export type OcspStatus = 'good' | 'revoked' | 'hold' | 'unknown';

export type SingleResponse = {
  readonly certificateId: CertificateId;
  readonly status: OcspStatus;
  readonly revokedAtUnixSec: number | undefined;
  readonly thisUpdateUnixSec: number;
  readonly nextUpdateUnixSec: number;
};

/** RFC 6960 §4.2.1. A response without nextUpdate would never go stale and is refused. */
export function readSingleResponse(list: DerReader): SingleResponse {
  const single = list.enter(derTag.sequence, 'single response');
  const certificateId = readCertificateId(single.enter(derTag.sequence, 'certificate id'));
  const status = readStatus(single);
  const thisUpdateUnixSec = readGeneralizedTime(single, `${thing}, thisUpdate`);
  const wrapper = single.enter(derTag.context0, 'nextUpdate');
  const nextUpdateUnixSec = readGeneralizedTime(wrapper, `${thing}, nextUpdate`);
  wrapper.finish();
  if (!single.done) refuseCriticalExtensions(single.enter(derTag.context1, 'extensions'));
  single.finish();
  return { certificateId, ...status, thisUpdateUnixSec, nextUpdateUnixSec };
}

function readCertificateId(reader: DerReader): CertificateId {
  const algorithm = reader.enter(derTag.sequence, 'hash algorithm');
  const id = readOid(algorithm, `${thing}, hash algorithm`);
  if (!algorithm.done) readNull(algorithm, `${thing}, parameters`);
  algorithm.finish();
  if (id !== ocspOid.sha384) {
    throw formatError(`${thing}, hash algorithm`, { expected: ocspOid.sha384, actual: id });
  }
  const nameSha384 = bytesToHex(reader.next(derTag.octetString, 'issuer name hash').contents);
  const keySha384 = bytesToHex(reader.next(derTag.octetString, 'issuer key hash').contents);
  const serial = bytesToHex(readUnsigned(reader, `${thing}, serial`));
  reader.finish();
  return { nameSha384, keySha384, serial };
}

function readStatus(single: DerReader): Pick<SingleResponse, 'status' | 'revokedAtUnixSec'> {
  const { tag, contents } = single.any('status');
  if (tag === revokedTag) return readRevocation(new DerReader(contents, `${thing}, revocation`));
  if ((tag !== goodTag && tag !== unknownTag) || contents.length > 0) {
    throw formatError(`${thing}, status`, { expected: 'good, revoked or unknown', actual: `tag ${tag}` });
  }
  return { status: tag === goodTag ? 'good' : 'unknown', revokedAtUnixSec: undefined };
}

function readRevocation(info: DerReader): Pick<SingleResponse, 'status' | 'revokedAtUnixSec'> {
  const revokedAtUnixSec = readGeneralizedTime(info, `${thing}, revocation time`);
  const reason = info.done ? undefined : readReason(info.enter(derTag.context0, 'reason'));
  info.finish();
  return { status: reason === certificateHold ? 'hold' : 'revoked', revokedAtUnixSec };
}

function readReason(wrapper: DerReader): number {
  const reason = readSmallInteger(wrapper, `${thing}, reason`, derTag.enumerated);
  wrapper.finish();
  return reason;
}

function refuseCriticalExtensions(wrapper: DerReader): void {
  readExtensions(wrapper.enter(derTag.sequence, 'list'), new Set(), thing);
  wrapper.finish();
}

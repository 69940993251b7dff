import { type Hex, hashAuthorization, signDigest } from '@hearth/attestation/receipt';
import type { SignedCap } from '../protocol/index.ts';
import { type Session, sessionKey } from './session.ts';

/** The session key's word that an enclave may ever claim up to `cumulativeCapPicoUsd` on this order. */
export function signCap(
  session: Session,
  enclaveKey: Hex,
  jobHeaderHash: Hex,
  cumulativeCapPicoUsd: bigint,
): SignedCap {
  const { orderHash } = session.file.record;
  const digest = hashAuthorization(session.client.domain, {
    orderHash,
    enclaveKey,
    cumulativeCapPicoUsd,
    jobHeaderHash,
  });
  return {
    cumulativeCapPicoUsd,
    jobHeaderHash,
    sessionSignature: signDigest(digest, sessionKey(session)),
  };
}

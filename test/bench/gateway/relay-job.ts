import { randomBytes } from 'node:crypto';
import {
  fromHex,
  type Hex,
  hashAuthorization,
  hashJobHeader,
  signDigest,
  toHex,
} from '@hearth/attestation/receipt';
import type { Eip712Domain, JobHeader } from '@hearth/contracts';
import type { Session } from '@hearth/sdk';
import type { LeaseGrant } from '@hearth/sdk/protocol';
import { cekCommit, type HpkeKey, newCek, recipientsRoot, sealRequest } from '@hearth/sdk/sealed-job';

const MAX_OUTPUT_TOKENS = 256;

/** A complete sealed request of about the size of a short question, signed and encrypted as the SDK does it. */
export async function sealRelayJob(
  domain: Eip712Domain,
  { file: { record } }: Session,
  grant: LeaseGrant,
  hpkeKey: HpkeKey,
): Promise<Buffer> {
  const { order, orderHash, sessionPrivateKey } = record;
  const terms = grant.lease.body;
  const { enclaveKey } = terms;
  const { measurementHash, evidenceHash } = grant.enclave;
  const { keyId, publicKey, suite } = hpkeKey;
  const recipients = [{ keyId, enclaveKey, measurementHash, evidenceHash, publicKey }];
  const cek = newCek();
  const nowUnixSec = BigInt(Math.floor(Date.now() / 1000));
  const header: JobHeader = {
    suite,
    jobId: toHex(randomBytes(32)),
    leaseId: terms.leaseId,
    orderHash,
    policyHash: order.policyHash,
    modelDigest: terms.modelDigest,
    endpoint: 0,
    priceInput: terms.priceInput,
    priceCachedInput: terms.priceCachedInput,
    priceOutput: terms.priceOutput,
    capPicoUsd: BigInt(MAX_OUTPUT_TOKENS) * terms.priceOutput,
    maxOutputTokens: MAX_OUTPUT_TOKENS,
    notBeforeUnixSec: nowUnixSec - 60n,
    expiresAtUnixSec: nowUnixSec + 600n,
    padClass: 1,
    attempt: 0,
    previousJobId: `0x${'00'.repeat(32)}`,
    recipientsRoot: recipientsRoot(recipients),
    cekCommit: cekCommit(cek),
  };
  const jobHeaderHash = hashJobHeader(domain, header);
  const cumulativeCapPicoUsd = header.capPicoUsd;
  const authorization = { orderHash, enclaveKey, cumulativeCapPicoUsd, jobHeaderHash };
  const sign = (digest: Hex) => signDigest(digest, fromHex(sessionPrivateKey));
  const sealed = await sealRequest({
    header,
    jobHeaderHash,
    sessionSignature: sign(jobHeaderHash),
    order,
    recipients,
    cumulativeCapPicoUsd,
    authorizationSignature: sign(hashAuthorization(domain, authorization)),
    cek,
    body: new TextEncoder().encode('{"messages":[{"role":"user","content":"What is remote attestation?"}]}'),
  });
  return Buffer.concat([sealed.prefixBytes, ...sealed.frames]);
}

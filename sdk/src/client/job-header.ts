import { randomBytes } from 'node:crypto';
import { toHex } from '@hearth/attestation/receipt';
import type { JobHeader, Order } from '@hearth/contracts';
import { base64ToBytes, type EndpointName, endpoints, type Policy, padClasses } from '../protocol/index.ts';
import { cekCommit, recipientsRoot, type SealRecipient } from '../sealed-job/index.ts';
import type { Attempt } from './attempts.ts';
import { type JobBounds, jobCapPicoUsd } from './job-bounds.ts';
import type { GrantedLease } from './lease.ts';

const JOB_LIFE_SEC = 600n;

export function buildHeader(
  { grant, enclave }: GrantedLease,
  endpoint: EndpointName,
  { order, policy }: { readonly order: Order; readonly policy: Policy },
  job: JobBounds & Attempt,
  cek: Uint8Array,
  nowUnixSec: bigint,
): { header: JobHeader; recipients: SealRecipient[] } {
  const terms = grant.lease.body;
  const { key, statement } = enclave;
  const recipients = [
    {
      keyId: key.keyConfig.keyId,
      enclaveKey: terms.enclaveKey,
      measurementHash: statement.measurementHash,
      evidenceHash: statement.evidenceHash,
      publicKey: base64ToBytes(key.publicKey),
    },
  ];
  const header: JobHeader = {
    suite: key.keyConfig.suite,
    jobId: toHex(randomBytes(32)),
    leaseId: terms.leaseId,
    orderHash: terms.orderHash,
    policyHash: order.policyHash,
    modelDigest: terms.modelDigest,
    endpoint: endpoints[endpoint],
    priceInput: terms.priceInput,
    priceCachedInput: terms.priceCachedInput,
    priceOutput: terms.priceOutput,
    capPicoUsd: jobCapPicoUsd(job, terms),
    maxOutputTokens: job.maxOutputTokens,
    notBeforeUnixSec: nowUnixSec - 60n,
    expiresAtUnixSec: min(nowUnixSec + JOB_LIFE_SEC, order.validUntilUnixSec, key.keyConfig.notAfterUnixSec),
    padClass: padClasses[policy.padding.atLeast],
    attempt: job.attempt,
    previousJobId: job.previousJobId,
    recipientsRoot: recipientsRoot(recipients),
    cekCommit: cekCommit(cek),
  };
  return { header, recipients };
}

const min = (...integers: bigint[]): bigint => integers.reduce((a, b) => (a < b ? a : b));

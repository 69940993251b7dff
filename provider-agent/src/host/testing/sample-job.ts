import type { RequestPrefix } from '@hearth/sdk/sealed-job/clear';
import { account, hash } from './sample-receipt.ts';

/** The clear part of a request; its signatures and ciphertext are filler, which the host never reads. */
export function sampleJob(
  changes: {
    header?: Partial<RequestPrefix['header']>;
    cumulativeCapPicoUsd?: bigint;
    enclaveKey?: `0x${string}`;
  } = {},
): RequestPrefix {
  const signature = `0x${'11'.repeat(65)}` as const;
  return {
    header: {
      suite: 2,
      jobId: hash('c0'),
      leaseId: hash('1e'),
      orderHash: hash('01'),
      policyHash: hash('c3'),
      modelDigest: hash('0c'),
      endpoint: 0,
      priceInput: 5n,
      priceCachedInput: 2n,
      priceOutput: 8n,
      capPicoUsd: 100n,
      maxOutputTokens: 16,
      notBeforeUnixSec: 0n,
      expiresAtUnixSec: 1n,
      padClass: 1,
      attempt: 0,
      previousJobId: hash('00'),
      recipientsRoot: hash('c4'),
      cekCommit: hash('c5'),
      ...changes.header,
    },
    sessionSignature: signature,
    order: {
      buyer: account('b0'),
      sessionKey: account('55'),
      maxSpendMicroUsd: 1n,
      maxPriceInput: 1n,
      maxPriceCachedInput: 1n,
      maxPriceOutput: 1n,
      maxSpendPerEnclaveMicroUsd: 1n,
      policyHash: hash('c3'),
      minTier: 0,
      validAfterUnixSec: 0n,
      validUntilUnixSec: 1n,
      salt: hash('c6'),
    },
    recipients: [
      {
        keyId: hash('d0'),
        enclaveKey: changes.enclaveKey ?? account('0e'),
        measurementHash: hash('d1'),
        evidenceHash: hash('d2'),
        enc: new Uint8Array(1120),
        wrappedCek: new Uint8Array(48),
      },
    ],
    cumulativeCapPicoUsd: changes.cumulativeCapPicoUsd ?? 100n,
    authorizationSignature: signature,
  };
}

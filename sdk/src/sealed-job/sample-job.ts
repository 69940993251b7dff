import {
  addressOf,
  type Hex,
  hashAuthorization,
  hashJobHeader,
  hashOrder,
  signDigest,
} from '@hearth/attestation/receipt';
import { type JobHeader, marketDomain, type Order } from '@hearth/contracts/typed-data';
import { concatBytes } from './big-endian.ts';
import { deriveHpkeKey, type HpkeKey, hpkeKeyId } from './hpke-key.ts';
import type { HpkeProvider, HpkeSuiteId } from './hpke-suite.ts';
import { cekCommit } from './job-secret.ts';
import { type OpenedBody, type OpenedJob, openJob, RequestBodyOpener } from './open-request.ts';
import { recipientsRoot } from './recipients-root.ts';
import { type ParsedRequestPrefix, parseRequestPrefix } from './request-prefix.ts';
import type { ResponseFinal } from './response-payloads.ts';
import type { SealedRequest, SealRecipient, SealRequestInput } from './seal-request.ts';

/** A complete, correctly signed job with fixed keys, for tests and for `vectors.write.ts`. Nothing here is secret. */
export interface SampleJob {
  readonly input: SealRequestInput;
  readonly keys: readonly HpkeKey[];
}

export interface SampleJobOptions {
  readonly suite?: HpkeSuiteId;
  readonly recipients?: number;
  readonly body?: Uint8Array;
  readonly header?: Partial<JobHeader>;
  readonly provider?: HpkeProvider;
  /** Seal to these public keys instead of the sample ones. */
  readonly publicKeys?: readonly Uint8Array[];
}

export const sampleDomain = marketDomain(31337, '0x5e771e0000000000000000000000000000000001');
const sessionKey = new Uint8Array(32).fill(0x11);
export const sampleCek = Uint8Array.from({ length: 32 }, (_, i) => i + 1);

export const filled = (byte: number, byteLength = 32): Hex =>
  `0x${byte.toString(16).padStart(2, '0').repeat(byteLength)}`;

const sampleOrder: Order = {
  buyer: filled(0xb0, 20),
  sessionKey: addressOf(sessionKey) as Order['sessionKey'],
  maxSpendMicroUsd: 10_000_000n,
  maxPriceInput: 2_000_000n,
  maxPriceCachedInput: 1_000_000n,
  maxPriceOutput: 4_000_000n,
  maxSpendPerEnclaveMicroUsd: 5_000_000n,
  policyHash: filled(0xb1),
  minTier: 0,
  validAfterUnixSec: 1_790_000_000n,
  validUntilUnixSec: 1_790_086_400n,
  salt: filled(0xb2),
};

export async function sampleJob(options: SampleJobOptions = {}): Promise<SampleJob> {
  const suite = options.suite ?? 2;
  const indices = Array.from({ length: options.recipients ?? 1 }, (_, i) => i);
  const keys = await Promise.all(
    indices.map((i) => deriveHpkeKey(suite, new Uint8Array(32).fill(0x40 + i), options.provider)),
  );
  const publicKeys = options.publicKeys ?? keys.map(({ publicKey }) => publicKey);
  const recipients = publicKeys.map((publicKey, i) => sampleRecipient(suite, publicKey, i));
  const header: JobHeader = {
    suite,
    jobId: filled(0xc0),
    leaseId: filled(0xc1),
    orderHash: hashOrder(sampleDomain, sampleOrder),
    policyHash: sampleOrder.policyHash,
    modelDigest: filled(0xc2),
    endpoint: 0,
    priceInput: 1_000_000n,
    priceCachedInput: 500_000n,
    priceOutput: 2_000_000n,
    capPicoUsd: 3_000_000_000n,
    maxOutputTokens: 256,
    notBeforeUnixSec: 1_790_000_100n,
    expiresAtUnixSec: 1_790_000_700n,
    padClass: 1,
    attempt: 0,
    previousJobId: filled(0),
    recipientsRoot: recipientsRoot(recipients),
    cekCommit: cekCommit(sampleCek),
    ...options.header,
  };
  return { input: signedInput(header, recipients, options), keys };
}

const sampleRecipient = (suite: HpkeSuiteId, publicKey: Uint8Array, i: number): SealRecipient => ({
  keyId: hpkeKeyId(suite, publicKey),
  enclaveKey: filled(0xd0 + i, 20),
  measurementHash: filled(0xe0 + i),
  evidenceHash: filled(0xf0 + i),
  publicKey,
});

function signedInput(
  header: JobHeader,
  recipients: readonly SealRecipient[],
  options: SampleJobOptions,
): SealRequestInput {
  const jobHeaderHash = hashJobHeader(sampleDomain, header);
  const cumulativeCapPicoUsd = 3_000_000_000n;
  const enclaveKey = recipients[0]?.enclaveKey ?? filled(0, 20);
  const authorization = { orderHash: header.orderHash, enclaveKey, cumulativeCapPicoUsd, jobHeaderHash };
  return {
    header,
    jobHeaderHash,
    sessionSignature: signDigest(jobHeaderHash, sessionKey),
    order: sampleOrder,
    recipients,
    cumulativeCapPicoUsd,
    authorizationSignature: signDigest(hashAuthorization(sampleDomain, authorization), sessionKey),
    cek: sampleCek,
    body: options.body ?? new TextEncoder().encode('{"messages":[{"role":"user","content":"hi"}]}'),
    ...(options.provider === undefined ? {} : { hpkeProvider: options.provider }),
  };
}

export const sampleFinal: ResponseFinal = {
  usage: { inputTokens: 12, cachedInputTokens: 0, outputTokens: 3 },
  finishReason: 'stop',
  receipt: { settlement: { sequence: '1' }, execution: { outcome: 1 } },
  signature: filled(0x77, 65),
};

export const messageOf = (sealed: SealedRequest): Uint8Array =>
  concatBytes(sealed.prefixBytes, ...sealed.frames);

export function wholePrefix(bytes: Uint8Array): ParsedRequestPrefix {
  const prefix = parseRequestPrefix(bytes);
  if (prefix === undefined) throw new Error('expected a whole prefix');
  return prefix;
}

/** What the enclave does: the header hash always comes from the header that arrived. */
export async function receiveRequest(
  message: Uint8Array,
  key: HpkeKey,
): Promise<OpenedBody & { job: OpenedJob }> {
  const prefix = wholePrefix(message);
  const job = await openJob(prefix, hashJobHeader(sampleDomain, prefix.header), key);
  const opener = new RequestBodyOpener(job, prefix);
  opener.push(message.subarray(prefix.bytes.length));
  return { ...opener.end(), job };
}

import { randomBytes } from 'node:crypto';
import { type Hex, hashAuthorization, hashJobHeader, signDigest, toHex } from '@hearth/attestation/receipt';
import type { JobHeader } from '@hearth/contracts';
import { base64ToBytes, endpoints, HearthError, padClasses, type SignedCap } from '../protocol/index.ts';
import {
  cekCommit,
  newCek,
  recipientsRoot,
  type SealedRequest,
  type SealRecipient,
  sealRequest,
} from '../sealed-job/index.ts';
import { type GrantedLease, takeLease } from './lease.ts';
import { nextCumulativeCap, pairOf, withJobSent } from './order-record.ts';
import { type Session, sessionKey } from './session.ts';

/** An OpenAI chat completion request; unknown parameters are the enclave's to refuse. */
export type ChatRequest = {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly stream?: boolean;
  readonly [parameter: string]: unknown;
};

/** A job that is sealed, authorised and on disk, and not yet sent. */
export type PreparedJob = {
  readonly request: ChatRequest;
  readonly lease: GrantedLease;
  readonly header: JobHeader;
  readonly jobHeaderHash: Hex;
  readonly sessionSignature: Hex;
  readonly cap: SignedCap;
  readonly cek: Uint8Array;
  readonly sealed: SealedRequest;
};

const DEFAULT_MAX_OUTPUT_TOKENS = 256;
const TEMPLATE_TOKENS = 64;
/** A conversation without a system message starts with the engine's own, of some 300 bytes. */
const DEFAULT_SYSTEM_PROMPT_TOKENS = 320;
const JOB_LIFE_SEC = 600n;

/** Matches, verifies, seals and signs one job, and writes the signed cap to disk: after this, sending is safe. */
export async function prepareJob(session: Session, request: ChatRequest): Promise<PreparedJob> {
  const bounds = jobBounds(request);
  const { order } = session.file.record;
  const worstCase =
    BigInt(bounds.inputTokens) * order.maxPriceInput + BigInt(bounds.maxOutputTokens) * order.maxPriceOutput;
  const lease = await takeLease(session, {
    model: request.model,
    contextTokens: bounds.contextTokens,
    holdPicoUsd: worstCase,
    coveredBy: ({ lease: { body }, hold }) =>
      nextCumulativeCap(pairOf(session.file.record, body.enclaveKey), capOf(bounds, body)) <=
      hold.body.heldCumulativePicoUsd,
  });
  const cek = newCek();
  const { header, recipients } = buildHeader(session, lease, bounds, cek);
  const jobHeaderHash = hashJobHeader(session.client.domain, header);
  const cap = signCap(session, lease, header, jobHeaderHash);
  session.file.save(
    withJobSent(
      session.file.record,
      lease.grant.lease.body.enclaveKey,
      {
        jobHeaderHash,
        jobId: header.jobId,
        capPicoUsd: header.capPicoUsd,
        expiresAtUnixSec: header.expiresAtUnixSec,
      },
      cap,
    ),
  );
  const sessionSignature = signDigest(jobHeaderHash, sessionKey(session));
  const sealed = await sealRequest({
    header,
    sessionSignature,
    order,
    recipients,
    cumulativeCapPicoUsd: cap.cumulativeCapPicoUsd,
    authorizationSignature: cap.sessionSignature,
    jobHeaderHash,
    cek,
    body: new TextEncoder().encode(JSON.stringify(request)),
  });
  return { request, lease, header, jobHeaderHash, sessionSignature, cap, cek, sealed };
}

type Bounds = { inputTokens: number; maxOutputTokens: number; contextTokens: number };

/**
 * The enclave counts tokens; the buyer bounds them. A tokenizer yields at most a token per byte, and a chat
 * template adds a few per message.
 */
function jobBounds(request: ChatRequest): Bounds {
  const bytes = Buffer.byteLength(JSON.stringify(request.messages));
  const maxOutputTokens = request.max_completion_tokens ?? request.max_tokens ?? DEFAULT_MAX_OUTPUT_TOKENS;
  if (!Number.isInteger(maxOutputTokens) || maxOutputTokens < 1) {
    throw new HearthError(
      'invalid_request',
      `max_tokens: expected a positive integer, got ${maxOutputTokens}`,
    );
  }
  const startsWithSystem = ['system', 'developer'].includes(request.messages[0]?.role ?? '');
  return {
    inputTokens: bytes + TEMPLATE_TOKENS + (startsWithSystem ? 0 : DEFAULT_SYSTEM_PROMPT_TOKENS),
    maxOutputTokens,
    contextTokens: Math.ceil(bytes / 4) + Math.min(maxOutputTokens, 64),
  };
}

function capOf(bounds: Bounds, prices: { priceInput: bigint; priceOutput: bigint }): bigint {
  return BigInt(bounds.inputTokens) * prices.priceInput + BigInt(bounds.maxOutputTokens) * prices.priceOutput;
}

function buildHeader(
  session: Session,
  lease: GrantedLease,
  bounds: Bounds,
  cek: Uint8Array,
): { header: JobHeader; recipients: SealRecipient[] } {
  const terms = lease.grant.lease.body;
  const { key, statement } = lease.enclave;
  const { order } = session.file.record;
  const recipients = [
    {
      keyId: key.keyConfig.keyId,
      enclaveKey: terms.enclaveKey,
      measurementHash: statement.measurementHash,
      evidenceHash: statement.evidenceHash,
      publicKey: base64ToBytes(key.publicKey),
    },
  ];
  const nowUnixSec = BigInt(Math.floor(session.client.now() / 1000));
  const header: JobHeader = {
    suite: key.keyConfig.suite,
    jobId: toHex(randomBytes(32)),
    leaseId: terms.leaseId,
    orderHash: terms.orderHash,
    policyHash: order.policyHash,
    modelDigest: terms.modelDigest,
    endpoint: endpoints.chatCompletions,
    priceInput: terms.priceInput,
    priceCachedInput: terms.priceCachedInput,
    priceOutput: terms.priceOutput,
    capPicoUsd: capOf(bounds, terms),
    maxOutputTokens: bounds.maxOutputTokens,
    notBeforeUnixSec: nowUnixSec - 60n,
    expiresAtUnixSec: min(nowUnixSec + JOB_LIFE_SEC, order.validUntilUnixSec, key.keyConfig.notAfterUnixSec),
    padClass: padClasses.standard,
    attempt: 0,
    previousJobId: `0x${'00'.repeat(32)}`,
    recipientsRoot: recipientsRoot(recipients),
    cekCommit: cekCommit(cek),
  };
  return { header, recipients };
}

function signCap(session: Session, lease: GrantedLease, header: JobHeader, jobHeaderHash: Hex): SignedCap {
  const { enclaveKey } = lease.grant.lease.body;
  const cumulativeCapPicoUsd = nextCumulativeCap(pairOf(session.file.record, enclaveKey), header.capPicoUsd);
  const authorization = { orderHash: header.orderHash, enclaveKey, cumulativeCapPicoUsd, jobHeaderHash };
  const sessionSignature = signDigest(
    hashAuthorization(session.client.domain, authorization),
    sessionKey(session),
  );
  return { cumulativeCapPicoUsd, jobHeaderHash, sessionSignature };
}

const min = (...integers: bigint[]): bigint => integers.reduce((a, b) => (a < b ? a : b));

import { equalBytes, type Hex, toHex } from '@hearth/attestation/receipt';
import type { JobHeader, Order } from '@hearth/contracts';
import { z } from 'zod';
import { canonicalBytes } from '../protocol/canonical-json.ts';
import { jobHeaderCodec, orderCodec } from '../protocol/structs.ts';
import { concatBytes, fixedBytes, uintBytes, uintFrom } from './big-endian.ts';
import { type ByteRange, type PrefixLayout, scanRequestPrefix } from './request-prefix-layout.ts';
import { malformed } from './wire-errors.ts';
import {
  ENC_BYTES_BY_SUITE,
  KEY_ID_BYTES,
  MAX_HEADER_JSON_BYTES,
  MAX_ORDER_JSON_BYTES,
  MAX_RECIPIENTS,
  REQUEST_MAGIC,
  SIGNATURE_BYTES,
  WRAPPED_CEK_BYTES,
} from './wire-limits.ts';

/** One enclave that may open the job, as `recipientsRoot` commits to it. */
export interface Recipient {
  readonly keyId: Hex;
  readonly enclaveKey: Hex;
  readonly measurementHash: Hex;
  readonly evidenceHash: Hex;
}

export interface SealedRecipient extends Recipient {
  /** HPKE encapsulated key. */
  readonly enc: Uint8Array;
  /** HPKE ciphertext of the content encryption key. */
  readonly wrappedCek: Uint8Array;
}

/** Everything of a request that is readable without a key: what gateway and host route, price and check. */
export interface RequestPrefix {
  readonly header: JobHeader;
  /** Session key's signature over the header's digest. */
  readonly sessionSignature: Hex;
  readonly order: Order;
  readonly recipients: readonly SealedRecipient[];
  readonly cumulativeCapPicoUsd: bigint;
  /** Session key's signature over the Authorization of the first recipient. */
  readonly authorizationSignature: Hex;
}

export interface ParsedRequestPrefix extends RequestPrefix {
  /** The prefix as it travelled; the frames follow it. */
  readonly bytes: Uint8Array;
}

/** @throws RangeError or ZodError when a field does not fit the wire: our own side filled it in. */
export function encodeRequestPrefix(prefix: RequestPrefix): Uint8Array {
  const { header, order, recipients } = prefix;
  if (recipients.length < 1 || recipients.length > MAX_RECIPIENTS) {
    throw new RangeError(`expected 1 to ${MAX_RECIPIENTS} recipients, got ${recipients.length}`);
  }
  return concatBytes(
    REQUEST_MAGIC,
    lengthPrefixed(canonicalBytes(z.encode(jobHeaderCodec, header)), MAX_HEADER_JSON_BYTES),
    fixedBytes(prefix.sessionSignature, SIGNATURE_BYTES, 'sessionSignature'),
    lengthPrefixed(canonicalBytes(z.encode(orderCodec, order)), MAX_ORDER_JSON_BYTES),
    Uint8Array.of(recipients.length),
    ...recipients.map((recipient) => encodeRecipient(recipient, header.suite)),
    uintBytes(prefix.cumulativeCapPicoUsd, 16),
    fixedBytes(prefix.authorizationSignature, SIGNATURE_BYTES, 'authorizationSignature'),
  );
}

/**
 * Parses a request's clear prefix; `undefined` means that more bytes are needed. Checks form only, no signature:
 * whoever relies on a field verifies it.
 * @throws HearthError `invalid_request` or `too_large`
 */
export function parseRequestPrefix(bytes: Uint8Array): ParsedRequestPrefix | undefined {
  const layout = scanRequestPrefix(bytes);
  if (layout === undefined) return undefined;
  const slice = ({ start, end }: ByteRange) => bytes.slice(start, end);
  const header = parseCanonical(jobHeaderCodec, slice(layout.headerJson), 'header');
  return {
    header,
    sessionSignature: toHex(slice(layout.sessionSignature)),
    order: parseCanonical(orderCodec, slice(layout.orderJson), 'order'),
    recipients: layout.recipients.map((recipient) => parseRecipient(recipient, slice, header.suite)),
    cumulativeCapPicoUsd: uintFrom(slice(layout.cumulativeCap)),
    authorizationSignature: toHex(slice(layout.authorizationSignature)),
    bytes: bytes.slice(0, layout.byteLength),
  };
}

function lengthPrefixed(json: Uint8Array, limit: number): Uint8Array {
  if (json.length > limit)
    throw new RangeError(`expected at most ${limit} bytes of JSON, got ${json.length}`);
  return concatBytes(uintBytes(json.length, 4), json);
}

function encodeRecipient(recipient: SealedRecipient, suite: number): Uint8Array {
  assertEncLength(recipient.enc.length, suite);
  if (recipient.wrappedCek.length !== WRAPPED_CEK_BYTES) {
    throw new RangeError(
      `wrappedCek: expected ${WRAPPED_CEK_BYTES} bytes, got ${recipient.wrappedCek.length}`,
    );
  }
  return concatBytes(
    recipientBytes(recipient),
    uintBytes(recipient.enc.length, 2),
    recipient.enc,
    uintBytes(recipient.wrappedCek.length, 2),
    recipient.wrappedCek,
  );
}

/** `keyId32 ‖ enclaveKey20 ‖ measurementHash32 ‖ evidenceHash32`, on the wire and under `recipientsRoot`. */
export function recipientBytes(recipient: Recipient): Uint8Array {
  return concatBytes(
    fixedBytes(recipient.keyId, KEY_ID_BYTES, 'recipient keyId'),
    fixedBytes(recipient.enclaveKey, 20, 'recipient enclaveKey'),
    fixedBytes(recipient.measurementHash, 32, 'recipient measurementHash'),
    fixedBytes(recipient.evidenceHash, 32, 'recipient evidenceHash'),
  );
}

function parseRecipient(
  layout: PrefixLayout['recipients'][number],
  slice: (range: ByteRange) => Uint8Array,
  suite: number,
): SealedRecipient {
  const enc = slice(layout.enc);
  assertEncLength(enc.length, suite);
  return {
    keyId: toHex(slice(layout.keyId)),
    enclaveKey: toHex(slice(layout.enclaveKey)),
    measurementHash: toHex(slice(layout.measurementHash)),
    evidenceHash: toHex(slice(layout.evidenceHash)),
    enc,
    wrappedCek: slice(layout.wrappedCek),
  };
}

function assertEncLength(length: number, suite: number): void {
  const expected = ENC_BYTES_BY_SUITE[suite];
  if (expected === undefined) throw malformed('request', `header.suite must be 1 or 2, got ${suite}`);
  if (length !== expected) {
    throw malformed('request', `enc of suite ${suite} must be ${expected} bytes, got ${length}`);
  }
}

/** One byte form per value: the hashes and signatures downstream cover the value, relays and logs see the bytes. */
function parseCanonical<T>(codec: z.ZodType<T, unknown>, json: Uint8Array, what: string): T {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch {
    throw malformed('request', `${what} is not JSON`);
  }
  const decoded = z.safeDecode(codec, parsed as never);
  if (!decoded.success) {
    const issue = decoded.error.issues[0];
    throw malformed('request', `${what}.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'wrong shape'}`);
  }
  if (!equalBytes(canonicalBytes(parsed), json)) {
    throw malformed('request', `${what} is not canonical JSON (RFC 8785)`);
  }
  return decoded.data;
}

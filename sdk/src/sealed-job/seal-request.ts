import { type Hex, toHex } from '@hearth/attestation/receipt';
import { newSha256 } from '../crypto/index.ts';
import { frameType } from './frame.ts';
import { FrameSealer } from './frame-cipher.ts';
import { requestFrameKeys } from './frame-keys.ts';
import { hpkeKeyId } from './hpke-key.ts';
import { type HpkeProvider, type HpkeSuiteId, hpkeSuite } from './hpke-suite.ts';
import { CEK_AAD, cekCommit, RESPONSE_EXPORTER_CONTEXT, requestInfo } from './job-secret.ts';
import { isPadClass, type PadClass, padPiece, planRequest } from './padding.ts';
import { recipientsRoot } from './recipients-root.ts';
import { encodeRequestPrefix, type Recipient, type RequestPrefix } from './request-prefix.ts';

export interface SealRecipient extends Recipient {
  /** The enclave's attested HPKE public key, whose id is `keyId`. */
  readonly publicKey: Uint8Array;
}

export interface SealRequestInput extends Omit<RequestPrefix, 'recipients'> {
  /** EIP-712 digest of `header`. */
  readonly jobHeaderHash: Hex;
  readonly recipients: readonly SealRecipient[];
  /** 32 bytes from `newCek()`; `header.cekCommit` commits to it. */
  readonly cek: Uint8Array;
  readonly body: Uint8Array;
  readonly hpkeProvider?: HpkeProvider;
}

/** What the buyer keeps in order to open one recipient's answer. */
export interface ResponseSecret {
  readonly keyId: Hex;
  readonly enc: Uint8Array;
  readonly secret: Uint8Array;
}

export interface SealedRequest {
  readonly prefixBytes: Uint8Array;
  readonly frames: readonly Uint8Array[];
  readonly responseSecrets: readonly ResponseSecret[];
  /** SHA-256 of the whole message as it travels, prefix and frames: `requestCiphertextHash` of the receipt. */
  readonly requestCiphertextHash: Hex;
}

/**
 * Seals one job to every recipient. The header must already commit to the recipients and the key, because its digest
 * is what the encryption is bound to.
 * @throws RangeError when header, recipients and key do not belong together, or a field does not fit the wire.
 */
export async function sealRequest(input: SealRequestInput): Promise<SealedRequest> {
  assertConsistent(input);
  const suite = input.header.suite as HpkeSuiteId;
  const wrapped = await Promise.all(input.recipients.map((recipient) => wrapCek(input, suite, recipient)));
  const recipients = input.recipients.map(({ publicKey: _, ...recipient }, i) => ({
    ...recipient,
    ...(wrapped[i] as Wrapped),
  }));
  const prefixBytes = encodeRequestPrefix({ ...input, recipients });
  const frames = sealRequestFrames(
    input.cek,
    input.jobHeaderHash,
    input.header.padClass as PadClass,
    input.body,
  );
  const hash = newSha256();
  for (const bytes of [prefixBytes, ...frames]) hash.update(bytes);
  return {
    prefixBytes,
    frames,
    responseSecrets: recipients.map(({ keyId, enc, secret }) => ({ keyId, enc, secret })),
    requestCiphertextHash: toHex(hash.digest()),
  };
}

/** The encrypted body: data frames, the last piece in a final frame. */
export function sealRequestFrames(
  cek: Uint8Array,
  jobHeaderHash: Hex,
  padClass: PadClass,
  body: Uint8Array,
): Uint8Array[] {
  const sealer = new FrameSealer(requestFrameKeys(cek, jobHeaderHash));
  const pieces = planRequest(body.length, padClass);
  return pieces.map((piece, i) =>
    sealer.seal(i === pieces.length - 1 ? frameType.final : frameType.data, padPiece(body, piece)),
  );
}

interface Wrapped {
  readonly enc: Uint8Array;
  readonly wrappedCek: Uint8Array;
  readonly secret: Uint8Array;
}

async function wrapCek(
  input: SealRequestInput,
  suiteId: HpkeSuiteId,
  recipient: SealRecipient,
): Promise<Wrapped> {
  const suite = hpkeSuite(suiteId, input.hpkeProvider);
  const publicKey = await suite.DeserializePublicKey(recipient.publicKey);
  const info = requestInfo(input.jobHeaderHash, recipient.keyId);
  const { encapsulatedSecret, ctx } = await suite.SetupSender(publicKey, { info });
  const wrappedCek = await ctx.Seal(input.cek, CEK_AAD);
  return { enc: encapsulatedSecret, wrappedCek, secret: await ctx.Export(RESPONSE_EXPORTER_CONTEXT, 32) };
}

function assertConsistent({ header, recipients, cek }: SealRequestInput): void {
  const expect = (what: string, expected: unknown, actual: unknown) => {
    if (expected !== actual) throw new RangeError(`${what}: expected ${expected}, got ${actual}`);
  };
  if (header.suite !== 1 && header.suite !== 2)
    throw new RangeError(`suite: expected 1 or 2, got ${header.suite}`);
  if (!isPadClass(header.padClass)) throw new RangeError(`padClass: expected 0 to 2, got ${header.padClass}`);
  expect('header.cekCommit', cekCommit(cek), header.cekCommit);
  expect('header.recipientsRoot', recipientsRoot(recipients), header.recipientsRoot);
  for (const { keyId, publicKey } of recipients) {
    expect('recipient keyId', hpkeKeyId(header.suite, publicKey), keyId);
  }
}

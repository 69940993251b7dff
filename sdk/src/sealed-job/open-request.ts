import { type Hex, toHex } from '@hearth/attestation/receipt';
import { newSha256 } from '../crypto/index.ts';
import { type Frame, frameType } from './frame.ts';
import { FrameOpener } from './frame-cipher.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { requestFrameKeys } from './frame-keys.ts';
import type { HpkeKey } from './hpke-key.ts';
import { hpkeSuite } from './hpke-suite.ts';
import { CEK_AAD, cekCommit, RESPONSE_EXPORTER_CONTEXT, requestInfo } from './job-secret.ts';
import { isPadClass, type PadClass, unpad } from './padding.ts';
import { recipientsRoot } from './recipients-root.ts';
import type { ParsedRequestPrefix, RequestPrefix } from './request-prefix.ts';
import { refused, tooLarge, truncated } from './wire-errors.ts';
import { CEK_BYTES, MAX_REQUEST_BODY_BYTES, MAX_REQUEST_FRAMES } from './wire-limits.ts';

/** One job's secrets inside the enclave. */
export interface OpenedJob {
  readonly jobHeaderHash: Hex;
  readonly keyId: Hex;
  readonly padClass: PadClass;
  readonly cek: Uint8Array;
  readonly enc: Uint8Array;
  readonly responseSecret: Uint8Array;
}

/**
 * Unwraps the content key for this enclave and checks everything the header commits to. The caller computes
 * `jobHeaderHash` from `prefix.header` itself and has verified signatures, order, prices and times.
 * @throws HearthError `key_config_mismatch`, the same for every failure.
 */
export async function openJob(prefix: RequestPrefix, jobHeaderHash: Hex, key: HpkeKey): Promise<OpenedJob> {
  const { header, recipients } = prefix;
  const own = recipients.filter((recipient) => recipient.keyId === key.keyId);
  const recipient = own[0];
  if (own.length !== 1 || recipient === undefined || header.suite !== key.suite) throw refused('request');
  if (recipientsRoot(recipients) !== header.recipientsRoot || !isPadClass(header.padClass))
    throw refused('request');
  const { cek, responseSecret } = await unwrapCek(recipient, jobHeaderHash, key);
  if (cek.length !== CEK_BYTES || cekCommit(cek) !== header.cekCommit) throw refused('request');
  return {
    jobHeaderHash,
    keyId: key.keyId,
    padClass: header.padClass,
    cek,
    enc: recipient.enc,
    responseSecret,
  };
}

async function unwrapCek(
  { enc, wrappedCek }: { enc: Uint8Array; wrappedCek: Uint8Array },
  jobHeaderHash: Hex,
  key: HpkeKey,
): Promise<{ cek: Uint8Array; responseSecret: Uint8Array }> {
  try {
    const suite = hpkeSuite(key.suite, key.provider);
    const ctx = await suite.SetupRecipient(key.pair, enc, { info: requestInfo(jobHeaderHash, key.keyId) });
    const cek = await ctx.Open(wrappedCek, CEK_AAD);
    return { cek, responseSecret: await ctx.Export(RESPONSE_EXPORTER_CONTEXT, 32) };
  } catch {
    throw refused('request');
  }
}

export interface OpenedBody {
  readonly body: Uint8Array;
  /** SHA-256 of the whole message as it travelled. */
  readonly requestCiphertextHash: Hex;
}

/** Opens the body's frames as they arrive; gives the body only when its authenticated last frame is there. */
export class RequestBodyOpener {
  readonly #decoder = new FrameDecoder('request');
  readonly #opener: FrameOpener;
  readonly #hash = newSha256();
  readonly #pieces: Uint8Array[] = [];
  #byteLength = 0;
  #frames = 0;
  #stage: 'open' | 'final' | 'failed' = 'open';

  constructor(job: OpenedJob, prefix: ParsedRequestPrefix) {
    this.#opener = new FrameOpener(requestFrameKeys(job.cek, job.jobHeaderHash), 'request');
    this.#hash.update(prefix.bytes);
  }

  /** @throws HearthError on anything but data frames closed by one final frame. */
  push(chunk: Uint8Array): void {
    try {
      for (const frame of this.#decoder.push(chunk)) this.#open(frame);
    } catch (error) {
      this.#stage = 'failed'; // a caller that goes on after an error must not get a body
      throw error;
    }
  }

  get isComplete(): boolean {
    return this.#stage === 'final';
  }

  /** @throws HearthError `stream_truncated` when the final frame has not come, or bytes follow it. */
  end(): OpenedBody {
    this.#decoder.end();
    if (this.#stage !== 'final') throw truncated('request', 'before its final frame');
    const body = new Uint8Array(this.#byteLength);
    let offset = 0;
    for (const piece of this.#pieces) {
      body.set(piece, offset);
      offset += piece.length;
    }
    return { body, requestCiphertextHash: toHex(this.#hash.digest()) };
  }

  #open({ type, payload, bytes }: Frame): void {
    if (this.#stage !== 'open' || ++this.#frames > MAX_REQUEST_FRAMES) throw refused('request');
    if (type !== frameType.data && type !== frameType.final) throw refused('request');
    const piece = unpad(this.#opener.open(type, payload));
    if (piece === undefined) throw refused('request');
    this.#append(piece);
    this.#hash.update(bytes);
    if (type === frameType.final) this.#stage = 'final';
  }

  #append(bytes: Uint8Array): void {
    this.#byteLength += bytes.length;
    if (this.#byteLength > MAX_REQUEST_BODY_BYTES) {
      throw tooLarge('request', 'body', MAX_REQUEST_BODY_BYTES, this.#byteLength);
    }
    this.#pieces.push(bytes);
  }
}

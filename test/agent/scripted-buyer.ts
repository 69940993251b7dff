import { randomBytes } from 'node:crypto';
import {
  fromHex,
  type Hex,
  hashAuthorization,
  hashJobHeader,
  signDigest,
  toHex,
} from '@hearth/attestation/receipt';
import type { JobHeader } from '@hearth/contracts';
import {
  base64ToBytes,
  creditPayload,
  type EnclaveStatement,
  type JobError,
  jobError,
  type Lease,
  type LinkFrame,
  linkFrameTypes,
  receiptCodec,
} from '@hearth/sdk/protocol';
import {
  cekCommit,
  newCek,
  type ResponseEvent,
  ResponseOpener,
  recipientsRoot,
  type SealedRequest,
  sealRequest,
} from '@hearth/sdk/sealed-job';
import { z } from 'zod';
import type { EscrowWorld, OpenedOrder } from '../backend/escrow-world.ts';
import type { ScriptedGateway, ScriptedLink } from './scripted-gateway.ts';

export type SealedJob = {
  readonly header: JobHeader;
  readonly jobHeaderHash: Hex;
  readonly sealed: SealedRequest;
};

export type JobChanges = {
  readonly header?: Partial<JobHeader>;
  readonly cumulativeCapPicoUsd?: bigint;
  readonly maxTokens?: number;
  readonly frequencyPenalty?: number;
  readonly prompt?: string;
};

/** The most that one job may cost; what the pair has earned before counts against the cumulative cap as well. */
export const JOB_CAP_PICO_USD = 100_000_000_000n;

/** Seals a chat job to the enclave as the buyer's SDK does. */
export async function sealJob(
  world: EscrowWorld,
  { order, orderHash }: OpenedOrder,
  lease: Lease,
  statement: EnclaveStatement,
  changes: JobChanges = {},
): Promise<SealedJob> {
  const [config] = statement.keyConfigs;
  if (!config) throw new Error('the statement has no HPKE key');
  const recipient = {
    keyId: config.keyConfig.keyId,
    enclaveKey: lease.enclaveKey,
    measurementHash: statement.measurementHash,
    evidenceHash: statement.evidenceHash,
    publicKey: base64ToBytes(config.publicKey),
  };
  const cek = newCek();
  const maxTokens = changes.maxTokens ?? 16;
  const nowUnixSec = BigInt(Math.floor(Date.now() / 1000));
  const header: JobHeader = {
    suite: config.keyConfig.suite,
    jobId: toHex(randomBytes(32)),
    leaseId: lease.leaseId,
    orderHash,
    policyHash: order.policyHash,
    modelDigest: lease.modelDigest,
    endpoint: 0,
    priceInput: lease.priceInput,
    priceCachedInput: lease.priceCachedInput,
    priceOutput: lease.priceOutput,
    capPicoUsd: JOB_CAP_PICO_USD,
    maxOutputTokens: maxTokens,
    notBeforeUnixSec: nowUnixSec - 60n,
    expiresAtUnixSec: nowUnixSec + 300n,
    padClass: 1,
    attempt: 0,
    previousJobId: `0x${'00'.repeat(32)}`,
    recipientsRoot: recipientsRoot([recipient]),
    cekCommit: cekCommit(cek),
    ...changes.header,
  };
  const jobHeaderHash = hashJobHeader(world.domain, header);
  const cumulativeCapPicoUsd = changes.cumulativeCapPicoUsd ?? lease.holdPicoUsd;
  const authorization = { orderHash, enclaveKey: lease.enclaveKey, cumulativeCapPicoUsd, jobHeaderHash };
  const request = {
    model: statement.model.name,
    messages: [{ role: 'user', content: changes.prompt ?? 'Tell me about the sea.' }],
    max_tokens: maxTokens,
    frequency_penalty: changes.frequencyPenalty ?? 0,
    temperature: 0,
    stream: true,
  };
  const sealed = await sealRequest({
    header,
    jobHeaderHash,
    sessionSignature: signDigest(jobHeaderHash, world.sessionPrivateKey),
    order,
    recipients: [recipient],
    cumulativeCapPicoUsd,
    authorizationSignature: signDigest(
      hashAuthorization(world.domain, authorization),
      world.sessionPrivateKey,
    ),
    cek,
    body: new TextEncoder().encode(JSON.stringify(request)),
  });
  return { header, jobHeaderHash, sealed };
}

export type StreamEnd = { readonly kind: 'end' } | { readonly kind: 'error'; readonly error: JobError };

/** One job over the link: sends the whole request, then reads the answer and grants credit for it. */
export class ScriptedJob {
  readonly stream: number;
  readonly events: ResponseEvent[] = [];
  readonly #link: ScriptedLink;
  readonly #opener: ResponseOpener;

  constructor(gateway: ScriptedGateway, link: ScriptedLink, leaseId: Hex, job: SealedJob) {
    this.stream = gateway.nextStream();
    this.#link = link;
    this.#opener = new ResponseOpener(job.jobHeaderHash, job.sealed.responseSecrets);
    link.send(linkFrameTypes.open, this.stream, fromHex(leaseId));
    for (const bytes of [job.sealed.prefixBytes, ...job.sealed.frames])
      link.send(linkFrameTypes.data, this.stream, bytes);
    link.send(linkFrameTypes.end, this.stream);
  }

  cancel(): void {
    this.#link.send(linkFrameTypes.cancel, this.stream);
  }

  /** The next piece of the answer that is not flow control. */
  async next(): Promise<LinkFrame> {
    const frame = await this.#link.frames.take(
      ({ stream, type }) => stream === this.stream && type !== linkFrameTypes.credit,
    );
    if (frame.type === linkFrameTypes.data) {
      this.#link.send(linkFrameTypes.credit, this.stream, creditPayload(frame.payload.length));
      this.events.push(...this.#opener.push(frame.payload));
    }
    return frame;
  }

  async toEnd(): Promise<StreamEnd> {
    for (;;) {
      const { type, payload } = await this.next();
      if (type === linkFrameTypes.error)
        return { kind: 'error', error: z.decode(jobError, JSON.parse(new TextDecoder().decode(payload))) };
      if (type !== linkFrameTypes.end) continue;
      this.#opener.end();
      return { kind: 'end' };
    }
  }

  /** Receipt of the final frame. */
  get receipt() {
    const final = this.events.find((event) => event.type === 'final');
    if (final?.type !== 'final') throw new Error('the stream has no final frame yet');
    return z.decode(receiptCodec, final.final.receipt as never);
  }

  get text(): string {
    const data = this.events.flatMap((event) => (event.type === 'data' ? [Buffer.from(event.bytes)] : []));
    return Buffer.concat(data).toString('utf8');
  }
}

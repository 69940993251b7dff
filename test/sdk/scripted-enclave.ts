import {
  amountPicoUsd,
  type Hex,
  hashAuthorization,
  hashJobHeader,
  hashNotRun,
  hashReceipt,
  isSignedBy,
  receiptsRoot,
  signDigest,
} from '@hearth/attestation/receipt';
import type { Eip712Domain, JobHeader, Receipt } from '@hearth/contracts';
import {
  continuation,
  continuationMember,
  outcomes,
  receiptCodec,
  type SignedReceipt,
} from '@hearth/sdk/protocol';
import {
  commit,
  committedItems,
  type HpkeKey,
  openJob,
  parseRequestPrefix,
  RequestBodyOpener,
  ResponseSealer,
} from '@hearth/sdk/sealed-job';
import { z } from 'zod';
import type { WorldEnclave } from '../builders/world-evidence.ts';
import type { HomeKeys } from '../builders/world-keys.ts';

/** What an answer is made of, each part to be told otherwise by a test. */
export type Script = {
  readonly pieces: readonly string[];
  readonly outcome: number;
  /** Each piece is one token, whose id goes with it: another enclave may go on from there. */
  readonly tracks: boolean;
  /** Undefined, or what the answer breaks off with after its pieces. */
  readonly failure: { readonly status: number; readonly body: string } | undefined;
  /** Parameters that it does not support: each is refused by name. */
  readonly refused: readonly string[];
  /** An interim receipt after the first piece. */
  readonly interim: boolean;
  /** A lie in a receipt, told before it is signed. */
  readonly lie: (receipt: Receipt, isFinal: boolean) => Receipt;
  readonly signer: Uint8Array | undefined;
};

export const honest: Script = {
  pieces: ['Hello ', 'from the ', 'enclave.'],
  outcome: outcomes.stop,
  tracks: false,
  failure: undefined,
  refused: [],
  interim: false,
  lie: (receipt) => receipt,
  signer: undefined,
};

/** One admitted job: its header, and its sealed answer frame by frame (the first is the prelude). */
export type Answered = { readonly header: JobHeader; readonly frames: Uint8Array[] };
export type Refused = {
  readonly code: 'cap_exceeded';
  readonly newestReceipt: SignedReceipt | undefined;
  readonly jobHeaderHash: Hex;
};

const PRIOR = `0x${'00'.repeat(32)}` as const;

/** An enclave's job side by script: real keys, real opening and sealing, real receipts and caps, no model. */
export class ScriptedEnclave {
  readonly #open = new Map<Hex, bigint>();
  highestCapPicoUsd = 0n;
  totalPicoUsd = 0n;
  newest: SignedReceipt | undefined;
  #sequence = 0n;
  readonly #hashes: Hex[] = [];

  readonly domain: Eip712Domain;
  readonly home: HomeKeys;
  readonly booted: WorldEnclave;
  readonly hpke: HpkeKey;

  constructor(domain: Eip712Domain, home: HomeKeys, booted: WorldEnclave, hpke: HpkeKey) {
    this.domain = domain;
    this.home = home;
    this.booted = booted;
    this.hpke = hpke;
  }

  async run(message: Uint8Array, script: Script): Promise<Answered | Refused> {
    const prefix = parseRequestPrefix(message);
    if (!prefix) throw new Error('expected a whole prefix');
    const { header, order } = prefix;
    const jobHeaderHash = hashJobHeader(this.domain, header);
    const enclaveKey = this.home.enclave.address;
    const { orderHash } = header;
    const { cumulativeCapPicoUsd } = prefix;
    const authorization = { orderHash, enclaveKey, cumulativeCapPicoUsd, jobHeaderHash };
    if (!isSignedBy(jobHeaderHash, prefix.sessionSignature, order.sessionKey as Hex))
      throw new Error('header signature');
    const capDigest = hashAuthorization(this.domain, authorization);
    if (!isSignedBy(capDigest, prefix.authorizationSignature, order.sessionKey as Hex))
      throw new Error('authorization signature');
    if (cumulativeCapPicoUsd > this.highestCapPicoUsd) this.highestCapPicoUsd = cumulativeCapPicoUsd;
    const open = [...this.#open.values()].reduce((sum, cap) => sum + cap, 0n);
    if (this.totalPicoUsd + open + header.capPicoUsd > this.highestCapPicoUsd)
      return { code: 'cap_exceeded', newestReceipt: this.newest, jobHeaderHash };
    this.#open.set(jobHeaderHash, header.capPicoUsd);
    const opened = await openJob(prefix, jobHeaderHash, this.hpke);
    const body = new RequestBodyOpener(opened, prefix);
    body.push(message.subarray(prefix.bytes.length));
    const { body: bytes, requestCiphertextHash } = body.end();
    const request = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    const sealer = new ResponseSealer(opened);
    const job = { header, jobHeaderHash, cek: opened.cek, request, requestCiphertextHash, sealer };
    return { header, frames: this.#answer(job, script) };
  }

  #refuse(job: Job, script: Script, param: string): Uint8Array[] {
    const { sealer } = job;
    const error = {
      message: `no ${param}`,
      type: 'invalid_request_error',
      param,
      code: 'unsupported_parameter',
    };
    const frames = [sealer.prelude(), sealer.head({ status: 400, contentType: 'application/json' })];
    frames.push(sealer.data(utf8(JSON.stringify({ error }))));
    const final = this.issue(job, script, { text: '', outcome: outcomes.cancelled, prior: 0n, tokens: 0 });
    this.#open.delete(job.jobHeaderHash);
    const { inputTokens, cachedInputTokens, outputTokens } = final.receipt.execution;
    const usage = { inputTokens, cachedInputTokens, outputTokens };
    frames.push(sealer.final({ usage, finishReason: 'cancelled', ...payload(final) }));
    return frames;
  }

  #answer(job: Job, script: Script): Uint8Array[] {
    const { sealer, request } = job;
    const param = script.refused.find((name) => name in request);
    if (param !== undefined) return this.#refuse(job, script, param);
    const isStream = request['stream'] === true;
    const contentType = isStream ? 'text/event-stream' : 'application/json';
    const frames = [sealer.prelude(), sealer.head({ status: 200, contentType })];
    const before = continuation.optional().parse(request[continuationMember]);
    const start = before?.tokens.length ?? 0;
    const facts = before?.started ?? { id: `chatcmpl-${job.header.jobId.slice(2, 8)}`, created: 7 };
    const chunk = (delta: object, reason: string | null) => utf8(sse(facts, delta, reason));
    let prior = 0n;
    const said: string[] = isStream ? [] : script.pieces.slice(0, start);
    for (const [index, piece] of script.pieces.slice(start).entries()) {
      said.push(piece);
      const bytes = isStream ? chunk({ content: piece }, null) : new Uint8Array(0);
      if (script.tracks) frames.push(sealer.output([start + index], bytes));
      else frames.push(sealer.data(bytes));
      if (index > 0 || !script.interim) continue;
      const interim = this.issue(job, script, {
        text: said.join(''),
        outcome: outcomes.interim,
        prior,
        tokens: 1,
      });
      prior = interim.receipt.execution.amountPicoUsd;
      frames.push(sealer.interim(payload(interim)));
    }
    const text = said.join('');
    const end = isStream
      ? `${sse(facts, {}, 'stop')}data: [DONE]\n\n`
      : JSON.stringify({
          choices: [{ message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
        });
    if (!script.failure) frames.push(sealer.data(utf8(end)));
    const tokens = script.pieces.length - start;
    const final = this.issue(job, script, { text, outcome: script.outcome, prior, tokens });
    this.#open.delete(job.jobHeaderHash);
    const { inputTokens, cachedInputTokens, outputTokens } = final.receipt.execution;
    const usage = { inputTokens, cachedInputTokens, outputTokens };
    const { failure } = script;
    const finishReason = failure ? 'provider_error' : 'stop';
    frames.push(sealer.final({ usage, finishReason, ...(failure && { failure }), ...payload(final) }));
    return frames.filter((frame) => frame.length > 0);
  }

  issue(
    job: Job,
    script: Script,
    so: { text: string; outcome: number; prior: bigint; tokens: number },
  ): SignedReceipt {
    const { header, cek } = job;
    const { enclaveKeys, measurementHash, evidenceHash } = this.booted;
    const items = committedItems(job.request, [{ content: so.text }]);
    const outputTokens = script.tracks ? so.tokens : so.text.split(' ').length;
    const before = continuation.optional().parse(job.request[continuationMember]);
    const isPaid = before?.receipts.some(({ receipt }) => receipt.execution.inputTokens > 0);
    const inputTokens = isPaid ? 0 : 12;
    const tokens = { inputTokens, cachedInputTokens: 0, outputTokens };
    const { jobId, leaseId, policyHash, modelDigest, priceInput, priceCachedInput, priceOutput } = header;
    const amount = amountPicoUsd(header, tokens);
    const atMs = header.notBeforeUnixSec * 1000n + 60_000n;
    const receipt = script.lie(
      {
        settlement: {
          orderHash: header.orderHash,
          enclaveKey: this.home.enclave.address,
          provider: this.home.provider.address,
          sequence: this.#sequence + 1n,
          cumulativePicoUsd: this.totalPicoUsd + amount - so.prior,
          priorReceiptsRoot: receiptsRoot(this.#hashes),
        },
        execution: {
          jobId,
          leaseId,
          jobHeaderHash: job.jobHeaderHash,
          policyHash,
          tier: enclaveKeys.tier,
          teeType: enclaveKeys.teeType,
          measurementHash,
          evidenceHash,
          modelDigest,
          paramsCommit: commit('params', items.params, cek),
          promptCommit: commit('prompt', items.prompt, cek),
          outputCommit: commit('output', items.output, cek),
          requestCiphertextHash: job.requestCiphertextHash,
          responseCiphertextHash: job.sealer.responseCiphertextHash(),
          ...tokens,
          outcome: so.outcome,
          priceInput,
          priceCachedInput,
          priceOutput,
          amountPicoUsd: amount,
          jobPriorPicoUsd: so.prior,
          acceptedAtMs: atMs,
          firstTokenAtMs: atMs,
          finishedAtMs: atMs + 5n,
          energyMilliJoules: 0n,
          energyBasis: 0,
          regionCode: '0x44452d4259000000',
          enclaveSequence: this.#sequence + 1n,
          previousReceiptHash: this.#hashes.at(-1) ?? PRIOR,
          attempt: header.attempt,
          previousJobId: header.previousJobId,
        },
      },
      so.outcome !== outcomes.interim,
    );
    this.#sequence += 1n;
    this.totalPicoUsd = receipt.settlement.cumulativePicoUsd;
    const receiptHash = hashReceipt(this.domain, receipt);
    this.#hashes.push(receiptHash);
    const signature = this.#sign(receiptHash, script.signer);
    this.newest = { receipt, signature };
    return this.newest;
  }

  notRun(jobHeaderHash: Hex, signer?: Uint8Array) {
    this.#open.delete(jobHeaderHash);
    const notRun = { jobHeaderHash, enclaveKey: this.home.enclave.address };
    return { notRun, signature: this.#sign(hashNotRun(this.domain, notRun), signer) };
  }

  #sign(digest: Hex, signer = this.home.enclave.privateKey): Hex {
    return signDigest(digest, signer);
  }
}

type Job = {
  readonly header: JobHeader;
  readonly jobHeaderHash: Hex;
  readonly cek: Uint8Array;
  readonly request: Record<string, unknown>;
  readonly requestCiphertextHash: Hex;
  readonly sealer: ResponseSealer;
};

const utf8 = (text: string) => new TextEncoder().encode(text);
const sse = (facts: object, delta: object, finishReason: string | null) =>
  `data: ${JSON.stringify({ ...facts, choices: [{ index: 0, delta, finish_reason: finishReason }] })}\n\n`;
const payload = ({ receipt, signature }: SignedReceipt) => ({
  receipt: z.encode(receiptCodec, receipt) as Record<string, unknown>,
  signature,
});

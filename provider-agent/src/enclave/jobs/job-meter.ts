import { amountPicoUsd, type Hex } from '@hearth/attestation/receipt';
import { outcomes } from '@hearth/sdk/protocol';
import {
  CollectedAnswer,
  type CommittedOutput,
  commit,
  committedItems,
  type OpenedJob,
  type ParsedRequestPrefix,
} from '@hearth/sdk/sealed-job';
import type { JobEnergy } from '../energy/energy-shares.ts';
import type { Output } from '../inference/engine.ts';
import type { JobExecution } from '../receipts/receipt-book.ts';
import type { JobEnvironment } from './environment.ts';

export type MeteredJob = {
  readonly prefix: ParsedRequestPrefix;
  readonly opened: OpenedJob;
  readonly evidenceHash: Hex;
  readonly requestCiphertextHash: Hex;
  /** The request as it was parsed; `{}` when it was no JSON object. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly acceptedAtMs: number;
};

/** What one job has used so far, and its statement for a receipt. */
export class JobMeter {
  inputTokens = 0;
  /** Of the input, what was still evaluated from an earlier job of the same order. */
  cachedInputTokens = 0;
  outputTokens = 0;
  /** What the buyer can read of the answer. */
  output = new CollectedAnswer();
  firstTokenAtMs = 0;
  #items: readonly CommittedOutput[] | undefined;
  readonly #environment: JobEnvironment;
  readonly #job: MeteredJob;
  readonly #energy: JobEnergy;
  readonly #commits: Pick<JobExecution, 'paramsCommit' | 'promptCommit'>;

  constructor(environment: JobEnvironment, job: MeteredJob) {
    this.#environment = environment;
    this.#job = job;
    // What an earlier job has left evaluated is not evaluated again.
    this.#energy = environment.energy.open(() => ({
      inputTokens: this.inputTokens - this.cachedInputTokens,
      outputTokens: this.outputTokens,
    }));
    const { params, prompt } = committedItems(job.request, [], job.prefix.header.endpoint);
    this.#commits = {
      paramsCommit: commit('params', params, job.opened.cek),
      promptCommit: commit('prompt', prompt, job.opened.cek),
    };
  }

  /** Output that the buyer can read now. */
  addOutput(choice: number, { text, toolCalls }: Output): void {
    this.output.addText(choice, text);
    for (const { index, ...piece } of toolCalls) this.output.addCall(choice, index, piece);
  }

  addTokens(tokens: number, nowMs: number): void {
    if (this.outputTokens === 0) this.firstTokenAtMs = nowMs;
    this.outputTokens += tokens;
  }

  /** For an answer that is not text. */
  answerWith(items: readonly CommittedOutput[], inputTokens: number, nowMs: number): void {
    this.#items = items;
    this.inputTokens = inputTokens;
    this.firstTokenAtMs = nowMs;
  }

  /**
   * The answer ends before its end. What the buyer can neither read nor have continued is not billed, and without one
   * token of output nothing is.
   */
  breakOff({ isTextLost, areTokensLost }: { isTextLost: boolean; areTokensLost: boolean }): void {
    if (isTextLost) this.output = new CollectedAnswer();
    if (areTokensLost) this.outputTokens = 0;
    if (this.outputTokens > 0) return;
    this.inputTokens = 0;
    this.cachedInputTokens = 0;
  }

  /** The job is over, whatever became of it. */
  end(): void {
    this.#energy.end();
  }

  usage() {
    const { inputTokens, cachedInputTokens, outputTokens } = this;
    return { inputTokens, cachedInputTokens, outputTokens };
  }

  execution(outcome: keyof typeof outcomes, responseCiphertextHash: Hex, nowMs: number): JobExecution {
    const { header } = this.#job.prefix;
    const { priceInput, priceCachedInput, priceOutput } = header;
    const { output } = committedItems({}, this.#items ?? this.output.choices());
    const { teeType, tier, measurementHash, modelDigest, regionCode } = this.#environment;
    return {
      jobId: header.jobId,
      leaseId: header.leaseId,
      jobHeaderHash: this.#job.opened.jobHeaderHash,
      policyHash: header.policyHash,
      tier,
      teeType,
      measurementHash,
      evidenceHash: this.#job.evidenceHash,
      modelDigest,
      ...this.#commits,
      outputCommit: commit('output', output, this.#job.opened.cek),
      requestCiphertextHash: this.#job.requestCiphertextHash,
      responseCiphertextHash,
      ...this.usage(),
      outcome: outcomes[outcome],
      priceInput,
      priceCachedInput,
      priceOutput,
      amountPicoUsd: amountPicoUsd(header, this.usage()),
      acceptedAtMs: BigInt(this.#job.acceptedAtMs),
      firstTokenAtMs: BigInt(this.firstTokenAtMs),
      finishedAtMs: BigInt(nowMs),
      ...this.#energy.state(),
      regionCode,
      attempt: header.attempt,
      previousJobId: header.previousJobId,
    };
  }
}

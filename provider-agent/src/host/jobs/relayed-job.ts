import type { Hex } from '@hearth/attestation/receipt';
import {
  creditPayload,
  HearthError,
  type JobError,
  jobError,
  type LinkFrame,
  type LinkFrameType,
  linkFrameTypes,
  linkLimits,
  parseCredit,
} from '@hearth/sdk/protocol';
import { type RequestPrefix, RequestPrefixReader } from '@hearth/sdk/sealed-job/clear';
import { z } from 'zod';
import { type EnclaveJob, type JobEnding, ReceiveCredit, SendCredit } from '../../channel/index.ts';
import type { Timers } from '../ports.ts';
import { marketCode } from './refusal.ts';

/** The part of an enclave's job that the relay drives. */
export type EnclaveJobPort = Pick<
  EnclaveJob,
  'write' | 'end' | 'cancel' | 'response' | 'ending' | 'onContinues'
>;

export type RelayedJobContext = {
  readonly timers: Timers;
  /** A frame to the gateway on this job's stream. */
  send(type: LinkFrameType, payload?: Uint8Array): void;
  /** Resolves if the job is the one we sold; throws the HearthError that the buyer is to hear. */
  admit(prefix: RequestPrefix): Promise<void>;
  /** @throws HearthError `enclave_lost` */
  openEnclaveJob(): EnclaveJobPort;
  /** Whether the market knows these enclaves; one that it does not know may be the buyer's own invention. */
  areEnclaves(enclaveKeys: readonly Hex[]): Promise<boolean>;
  /** Called once, when the enclave has nothing more to do for it. `ending` is absent for a job it never saw. */
  onEnded(ending: JobEnding | undefined, failure: HearthError | undefined): void;
};

/** A buyer that has not even sent its header after this long is holding a slot for nothing. */
const PREFIX_TIMEOUT_MS = 10_000;
/** Half a window: the next piece is on its way while the gateway has yet to take this one. */
const MAX_DATA_BYTES = linkLimits.answerWindowBytes / 2;

/** One job between gateway and enclave: sealed bytes both ways, each way bounded by credit. It reads only the header. */
export class RelayedJob {
  readonly #context: RelayedJobContext;
  readonly #fromGateway = new ReceiveCredit(linkLimits.requestWindowBytes);
  readonly #toGateway = new SendCredit(linkLimits.answerWindowBytes);
  readonly #inbox: Uint8Array[] = [];
  #isRequestComplete = false;
  /** Nothing more is sent to the gateway on this stream. */
  #isSilent = false;
  #job: EnclaveJobPort | undefined;
  #wake: () => void = () => {};

  constructor(context: RelayedJobContext) {
    this.#context = context;
    void this.#run();
  }

  /** @throws HearthError `peer_protocol_violation`: the link is then at fault */
  receive(frame: LinkFrame): void {
    switch (frame.type) {
      case linkFrameTypes.data:
        return this.#receiveData(frame.payload);
      case linkFrameTypes.end:
        this.#isRequestComplete = true;
        return this.#wake();
      case linkFrameTypes.credit:
        return this.#toGateway.grant(parseCredit(frame.payload));
      case linkFrameTypes.cancel:
        return this.abandon('the buyer cancelled');
      default:
        throw violation(`frame type ${frame.type} does not belong to a running job`);
    }
  }

  /** Nobody listens any more: the enclave stops, bills what it made, and its receipt still comes. */
  abandon(reason: string): void {
    this.#silence(new HearthError('unavailable', `job: ${reason}`));
    this.#job?.cancel();
    this.#wake();
  }

  /** The node stops, and the buyer hears so: what is made by now is delivered and billed. */
  interrupt(reason: string): void {
    if (this.#job) return this.#job.cancel();
    this.#finish(new HearthError('unavailable', `job: ${reason}`), undefined);
  }

  #receiveData(bytes: Uint8Array): void {
    if (this.#isRequestComplete) throw violation('data after the end of the request');
    try {
      this.#fromGateway.received(bytes.length);
    } catch (cause) {
      throw new HearthError('peer_protocol_violation', 'gateway link: more request bytes than granted', {
        cause,
      });
    }
    this.#inbox.push(bytes);
    this.#wake();
  }

  async #run(): Promise<void> {
    let ending: JobEnding | undefined;
    let failure: HearthError | undefined;
    try {
      const { prefix, rest } = await this.#readPrefix();
      await this.#context.admit(prefix);
      const job = this.#open();
      void this.#upload(job, prefix.bytes, rest);
      await this.#download(job);
      ending = await job.ending;
      failure = failureOf(ending);
    } catch (error) {
      failure =
        error instanceof HearthError
          ? error
          : new HearthError('internal', 'job: the relay failed', { cause: error });
    }
    this.#finish(failure, ending);
    this.#context.onEnded(ending, failure);
  }

  async #readPrefix() {
    const reader = new RequestPrefixReader();
    let isLate = false;
    const cancel = this.#context.timers.after(PREFIX_TIMEOUT_MS, () => {
      isLate = true;
      this.#wake();
    });
    try {
      for (;;) {
        const chunk = await this.#nextChunk(() => isLate);
        if (isLate) throw new HearthError('timeout', `job: no header within ${PREFIX_TIMEOUT_MS} ms`);
        if (!chunk) throw new HearthError('invalid_request', 'job: the request ended inside its header');
        const complete = reader.push(chunk);
        if (complete) return complete;
        this.#grant(chunk.length);
      }
    } finally {
      cancel();
    }
  }

  #open(): EnclaveJobPort {
    if (this.#isSilent) throw new HearthError('unavailable', 'job: cancelled before it began');
    const job = this.#context.openEnclaveJob();
    this.#job = job;
    job.onContinues = (enclaveKeys) => void this.#vet(enclaveKeys);
    return job;
  }

  /** Beside the answer, which mostly waits for the model anyway: a buyer who forged what it goes on from gets no more of it. */
  async #vet(enclaveKeys: readonly Hex[]): Promise<void> {
    if (await this.#context.areEnclaves(enclaveKeys)) return;
    this.interrupt('it goes on from what no enclave of this market delivered');
  }

  /** Runs beside the answer: an enclave may refuse, or begin to answer, before the request is complete. */
  async #upload(job: EnclaveJobPort, prefix: Uint8Array, rest: Uint8Array): Promise<void> {
    try {
      await job.write(prefix);
      if (rest.length > 0) await job.write(rest);
      this.#grant(prefix.length + rest.length);
      for (let chunk = await this.#nextChunk(); chunk; chunk = await this.#nextChunk()) {
        await job.write(chunk);
        this.#grant(chunk.length);
      }
      if (this.#isRequestComplete) job.end();
    } catch {
      // The enclave takes no more: how the job ended says why.
    }
  }

  async #download(job: EnclaveJobPort): Promise<void> {
    for await (const chunk of job.response()) {
      for (let offset = 0; offset < chunk.length && !this.#isSilent; offset += MAX_DATA_BYTES) {
        const piece = chunk.subarray(offset, offset + MAX_DATA_BYTES);
        await this.#toGateway.take(piece.length).catch(() => {}); // closed: the stream has fallen silent
        if (!this.#isSilent) this.#context.send(linkFrameTypes.data, piece);
      }
    }
  }

  /** The next piece of the request; undefined at its end, or when the stream is over. */
  async #nextChunk(isInterrupted: () => boolean = () => false): Promise<Uint8Array | undefined> {
    while (this.#inbox.length === 0 && !this.#isRequestComplete && !this.#isSilent && !isInterrupted()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#isSilent ? undefined : this.#inbox.shift();
  }

  #grant(bytes: number): void {
    const grant = this.#fromGateway.consumed(bytes);
    if (grant > 0 && !this.#isSilent) this.#context.send(linkFrameTypes.credit, creditPayload(grant));
  }

  #finish(failure: HearthError | undefined, ending: JobEnding | undefined): void {
    if (this.#isSilent) return;
    if (failure) this.#context.send(linkFrameTypes.error, errorPayload(failure, ending));
    else this.#context.send(linkFrameTypes.end);
    this.#silence(failure ?? new HearthError('unavailable', 'job: ended'));
    this.#wake();
  }

  #silence(reason: Error): void {
    this.#isSilent = true;
    this.#toGateway.close(reason);
  }
}

function failureOf(ending: JobEnding): HearthError | undefined {
  if (ending.kind === 'done') return undefined;
  if (ending.kind === 'refused')
    return new HearthError(marketCode(ending.code), `enclave: ${ending.message}`);
  return new HearthError('enclave_lost', 'the enclave was lost while the job ran', { cause: ending.error });
}

/** Beside code and message: what lets the buyer resynchronise, or proves that its job never ran. */
export function errorPayload({ code, message }: HearthError, ending?: JobEnding): Uint8Array {
  const { newestReceipt, notRun } = ending?.kind === 'refused' ? ending : {};
  const details = { ...(newestReceipt && { newestReceipt }), ...(notRun && { notRun }) };
  const body: JobError = {
    code,
    message: message.slice(0, 500),
    ...(Object.keys(details).length > 0 && { details }),
  };
  return new TextEncoder().encode(JSON.stringify(z.encode(jobError, body)));
}

const violation = (message: string) => new HearthError('peer_protocol_violation', `gateway link: ${message}`);

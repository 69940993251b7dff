import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ChannelMessage } from './codec.ts';
import { ChannelConnection } from './connection.ts';
import { EnclaveJob, type JobEnding } from './enclave-job.ts';
import { EnclaveError } from './errors.ts';
import { CHANNEL_VERSION, type Control } from './message-schemas.ts';

export type EnclaveEvents = {
  /** What the enclave is doing while it loads and boots. */
  onProgress?(progress: Control<'progress'>): void;
  /** Interim and final receipts of all jobs, in the order of their `enclaveSequence`; `streamId` 0 for resent ones. */
  onReceipt(receipt: Control<'receipt'>, streamId: number): void;
  /** Another model is in memory than before. */
  onLoaded?(loaded: Control<'loaded'>): void;
  /** The live HPKE keys, oldest first, after every rotation. */
  onKeyConfigs(keyConfigs: Control<'keyConfigs'>): void;
  /** Called once. The enclave may live on: connect again and boot with the same provider and node key. */
  onClose(error?: Error): void;
};

export type BootParameters = Omit<Control<'boot'>, 'v'>;

type Pending = { resolve(body: unknown): void; reject(error: Error): void };

/** The host's end of the channel: one per connection to an enclave. */
export class EnclaveClient {
  /** Resolves when the enclave has loaded its models; rejects with its coded refusal, e.g. `model_digest_mismatch`. */
  readonly ready: Promise<Control<'ready'>>;
  readonly #connection: ChannelConnection;
  readonly #events: EnclaveEvents;
  readonly #jobs = new Map<number, EnclaveJob>();
  readonly #pending = new Map<number, Pending>();
  #settleReady!: Pending;
  #nextStreamId = 1;

  constructor(stream: Duplex, events: EnclaveEvents) {
    this.#events = events;
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve: resolve as (body: unknown) => void, reject };
    });
    this.ready.catch(() => {}); // whoever awaits it sees the error; nobody has to
    this.#connection = new ChannelConnection(stream, 'host', {
      onMessage: (message) => this.#receive(message),
      onClose: (error) => this.#close(error),
    });
  }

  /** @param socketPath Unix socket on which the enclave listens. */
  static async connect(socketPath: string, events: EnclaveEvents): Promise<EnclaveClient> {
    const socket = createConnection(socketPath);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new EnclaveClient(socket, events);
  }

  /** Binds the enclave's keys to this provider and node key. With another anchor, the same keys get a new quote. */
  boot(parameters: BootParameters): Promise<Control<'booted'>> {
    return this.#request((id) => this.#connection.send('boot', id, { v: CHANNEL_VERSION, ...parameters }));
  }

  /** A quote over the same keys with a verifier's nonce in report_data[32:64]. */
  quote(nonce: `0x${string}`): Promise<Control<'quoted'>> {
    return this.#request((id) => this.#connection.send('quote', id, { nonce }));
  }

  /** The enclave's clock never goes back and never runs behind the newest hint. */
  hintClock(nowMs: number): void {
    this.#connection.send('clock', 0, { nowMs });
  }

  /** What the node's work has taken since the last word; the enclave shares it among its jobs' receipts. */
  declareEnergy(energy: Control<'energy'>): void {
    this.#connection.send('energy', 0, energy);
  }

  openJob(): EnclaveJob {
    const job = new EnclaveJob(this.#connection, this.#nextStreamId++);
    if (this.#connection.isOpen) this.#jobs.set(job.streamId, job);
    else job.finish({ kind: 'lost', error: new EnclaveError('connection_lost', 'channel: already closed') });
    return job;
  }

  /** Ends the connection. Open jobs are cancelled by the enclave. */
  close(): void {
    this.#connection.end();
  }

  #request<Body>(send: (streamId: number) => void): Promise<Body> {
    const id = this.#nextStreamId++;
    if (!this.#connection.isOpen)
      return Promise.reject(new EnclaveError('connection_lost', 'channel: already closed'));
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as (body: unknown) => void, reject });
      send(id);
    });
  }

  #receive(message: ChannelMessage): void {
    switch (message.name) {
      case 'progress':
        this.#events.onProgress?.(message.body);
        break;
      case 'ready':
        this.#settleReady.resolve(message.body);
        break;
      case 'receipt':
        this.#events.onReceipt(message.body, message.streamId);
        break;
      case 'loaded':
        this.#events.onLoaded?.(message.body);
        break;
      case 'keyConfigs':
        this.#events.onKeyConfigs(message.body);
        break;
      case 'booted':
      case 'quoted':
        this.#settle(message.streamId, (pending) => pending.resolve(message.body));
        break;
      case 'failed':
        this.#fail(message.streamId, message.body);
        break;
      default:
        this.#receiveForJob(message);
    }
  }

  #receiveForJob(message: ChannelMessage): void {
    const job = this.#jobs.get(message.streamId);
    if (!job)
      throw new EnclaveError('protocol_violation', `${message.name}: no open job ${message.streamId}`);
    if (message.name === 'responseData') job.receiveBytes(message.bytes);
    if (message.name === 'jobAccepted') job.receiveAccepted(message.body);
    if (message.name === 'jobContinues') job.receiveContinues(message.body);
    if (message.name === 'requestCredit') job.receiveCredit(message.body.bytes);
    if (message.name === 'jobDone') this.#finish(job, { kind: 'done', ...message.body });
    if (message.name === 'jobRefused') this.#finish(job, { kind: 'refused', ...message.body });
  }

  #finish(job: EnclaveJob, ending: JobEnding): void {
    this.#jobs.delete(job.streamId);
    job.finish(ending);
  }

  #fail(streamId: number, body: Control<'failed'>): void {
    const error = new EnclaveError(body.code, body.message, body.details ? { details: body.details } : {});
    if (streamId === 0) this.#settleReady.reject(error);
    else this.#settle(streamId, (pending) => pending.reject(error));
  }

  #settle(streamId: number, settle: (pending: Pending) => void): void {
    const pending = this.#pending.get(streamId);
    if (!pending) throw new EnclaveError('protocol_violation', `answer to unknown request ${streamId}`);
    this.#pending.delete(streamId);
    settle(pending);
  }

  #close(error?: Error): void {
    const lost = error ?? new EnclaveError('connection_lost', 'channel: the enclave closed the connection');
    this.#settleReady.reject(lost);
    for (const pending of this.#pending.values()) pending.reject(lost);
    this.#pending.clear();
    for (const job of this.#jobs.values()) job.finish({ kind: 'lost', error: lost });
    this.#jobs.clear();
    this.#events.onClose(error);
  }
}

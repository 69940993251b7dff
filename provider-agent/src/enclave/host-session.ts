import type { Duplex } from 'node:stream';
import type { ChannelMessage } from '../channel/codec.ts';
import { ChannelConnection } from '../channel/connection.ts';
import { EnclaveError } from '../channel/errors.ts';
import type { Control } from '../channel/message-schemas.ts';
import { ChannelJob } from './channel-job.ts';
import type { Enclave } from './enclave.ts';
import { runJob } from './jobs/run-job.ts';

/** Jobs that may be sending their request at once, beyond those that hold a slot. */
const MAX_WAITING_JOBS = 64;

/** The enclave's end of one host connection. */
export class HostSession {
  readonly #connection: ChannelConnection;
  readonly #jobs = new Map<number, ChannelJob>();
  readonly #running = new Set<Promise<void>>();
  readonly #whenLoaded: Promise<Enclave>;

  /** @param whenLoaded rejects with the coded reason why this enclave cannot serve */
  constructor(stream: Duplex, whenLoaded: Promise<Enclave>, onClose: () => void) {
    this.#whenLoaded = whenLoaded;
    this.#connection = new ChannelConnection(stream, 'enclave', {
      onMessage: (message) => this.#receive(message),
      onClose: () => {
        for (const job of this.#jobs.values()) job.cancel();
        onClose();
      },
    });
    whenLoaded.then(
      (enclave) => this.#connection.send('ready', 0, enclave.ready()),
      (error: unknown) => this.#fail(0, error),
    );
  }

  progress(progress: Control<'progress'>): void {
    this.#connection.send('progress', 0, progress);
  }

  loaded(loaded: Control<'loaded'>): void {
    this.#connection.send('loaded', 0, loaded);
  }

  keyConfigs(keyConfigs: Control<'keyConfigs'>): void {
    this.#connection.send('keyConfigs', 0, keyConfigs);
  }

  /** Cancels what runs, lets its receipts out and ends the connection. */
  async drain(): Promise<void> {
    for (const job of this.#jobs.values()) job.cancel();
    await Promise.all(this.#running);
    this.#connection.end();
  }

  #receive(message: ChannelMessage): void {
    switch (message.name) {
      case 'boot':
        this.#answer(message.streamId, (enclave) => this.#boot(enclave, message.streamId, message.body));
        break;
      case 'quote':
        this.#answer(message.streamId, async (enclave) => {
          this.#connection.send('quoted', message.streamId, await enclave.quote(message.body.nonce));
        });
        break;
      case 'clock':
        this.#answer(message.streamId, (enclave) => enclave.clock.hint(message.body.nowMs));
        break;
      case 'energy':
        this.#answer(message.streamId, (enclave) => enclave.energy.declare(message.body));
        break;
      case 'jobOpen':
        this.#openJob(message.streamId);
        break;
      default:
        this.#receiveForJob(message);
    }
  }

  async #boot(enclave: Enclave, streamId: number, body: Control<'boot'>): Promise<void> {
    this.#connection.send('booted', streamId, await enclave.boot(body));
    for (const newest of enclave.newestReceipts())
      this.#connection.send('receipt', 0, { ...newest, resent: true });
  }

  /** Bytes for a job that has just ended are on their way past its ending: they are dropped. */
  #receiveForJob(message: ChannelMessage): void {
    const job = this.#jobs.get(message.streamId);
    if (message.name === 'jobData') job?.receive(message.bytes);
    if (message.name === 'jobEnd') job?.endRequest();
    if (message.name === 'jobCancel') job?.cancel();
    if (message.name === 'responseCredit') job?.grant(message.body.bytes);
  }

  #openJob(streamId: number): void {
    if (this.#jobs.has(streamId))
      throw new EnclaveError('protocol_violation', `job ${streamId} is open already`);
    if (this.#jobs.size >= MAX_WAITING_JOBS) {
      const message = `at most ${MAX_WAITING_JOBS} jobs at once on one connection`;
      this.#connection.send('jobRefused', streamId, { code: 'no_free_slot', message });
      return;
    }
    const job = new ChannelJob(this.#connection, streamId);
    this.#jobs.set(streamId, job);
    const running = this.#run(job).catch(() => {
      // A cause from inside could hold a prompt: the host learns that it was our failure, and no more.
      this.#connection.send('jobRefused', streamId, { code: 'internal', message: 'the enclave failed' });
    });
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  async #run(job: ChannelJob): Promise<void> {
    try {
      const enclave = await this.#whenLoaded;
      const end = await runJob(enclave.jobEnvironment(), job);
      if (end.kind === 'done') this.#connection.send('jobDone', job.streamId, end.body);
      else this.#connection.send('jobRefused', job.streamId, end.body);
    } catch (error) {
      if (!(error instanceof EnclaveError)) throw error;
      this.#connection.send('jobRefused', job.streamId, { code: error.code, message: error.message });
    } finally {
      this.#jobs.delete(job.streamId);
    }
  }

  #answer(streamId: number, act: (enclave: Enclave) => void | Promise<void>): void {
    this.#whenLoaded.then(act).catch((error: unknown) => this.#fail(streamId, error));
  }

  #fail(streamId: number, error: unknown): void {
    const { code, message, details } =
      error instanceof EnclaveError ? error : new EnclaveError('internal', 'the enclave failed');
    this.#connection.send('failed', streamId, {
      code,
      message,
      ...(details ? { details: { ...details } } : {}),
    });
  }
}

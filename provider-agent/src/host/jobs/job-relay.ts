import { type Hex, toHex } from '@hearth/attestation/receipt';
import {
  decodeLinkFrame,
  encodeLinkFrame,
  HearthError,
  type LinkFrame,
  type LinkFrameType,
  linkFrameTypes,
  linkLimits,
} from '@hearth/sdk/protocol';
import type { JobEnding } from '../../channel/index.ts';
import type { Clock, Timers } from '../ports.ts';
import type { LeaseBook } from '../slots/lease-book.ts';
import type { SlotDesk } from '../slots/slot-desk.ts';
import { assertJobMayRun, assertSoldFor } from './check-header.ts';
import { type EnclaveJobPort, errorPayload, RelayedJob } from './relayed-job.ts';

export type JobRelayContext = {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly slots: Pick<SlotDesk, 'beginJob' | 'endJob'>;
  readonly leases: LeaseBook;
  sendFrame(frame: Uint8Array): void;
  /** Of the enclave that serves. */
  tier(): number | undefined;
  /** @throws HearthError `enclave_lost` when none is there */
  openEnclaveJob(): EnclaveJobPort;
  areEnclaves(enclaveKeys: readonly Hex[]): Promise<boolean>;
  /** Orders whose buyer has forged what a job was to go on from: they get nothing more here. */
  readonly forgers: Set<Hex>;
  onStarted(leaseId: Hex, jobId: Hex): void;
  onEnded(leaseId: Hex, ending: JobEnding | undefined, failure: HearthError | undefined): void;
};

/** All jobs of one gateway link. Stream numbers grow and are never used again on a link. */
export class JobRelay {
  readonly #context: JobRelayContext;
  readonly #jobs = new Map<number, RelayedJob>();
  #lastStream = 0;
  #unfinished = 0;
  readonly #idle: (() => void)[] = [];
  /** Grows with each link, so that jobs of an old one never speak on a new one. */
  #link = 0;

  constructor(context: JobRelayContext) {
    this.#context = context;
  }

  /** Resolves when the enclave has ended every job, also those that nobody listens to any more. */
  whenIdle(): Promise<void> {
    if (this.#unfinished === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** @throws HearthError `peer_protocol_violation` */
  receive(bytes: Uint8Array): void {
    const frame = decodeLinkFrame(bytes);
    if (frame.type === linkFrameTypes.open) return this.#open(frame);
    const job = this.#jobs.get(frame.stream);
    if (job) return job.receive(frame);
    if (frame.stream > this.#lastStream) throw violation(`stream ${frame.stream} was never opened`);
    // a late frame of a stream that is over: dropped
  }

  /** The link is gone, and with it every buyer behind it. */
  abandonAll(reason: string): void {
    const jobs = [...this.#jobs.values()];
    this.#jobs.clear();
    this.#lastStream = 0;
    this.#link += 1;
    for (const job of jobs) job.abandon(reason);
  }

  /** Jobs under way in the enclave or on their way there. */
  get running(): number {
    return this.#unfinished;
  }

  /** The node has to stop now; buyers hear so and may go on elsewhere. */
  interruptAll(reason: string): void {
    for (const job of this.#jobs.values()) job.interrupt(reason);
  }

  #open({ stream, payload }: LinkFrame): void {
    if (stream <= this.#lastStream) throw violation(`stream ${stream} after stream ${this.#lastStream}`);
    if (payload.length !== 32) throw violation('open: expected a 32-byte lease id');
    this.#lastStream = stream;
    const leaseId = toHex(payload);
    const send = this.#senderFor(stream);
    const refusal = this.#jobs.size >= linkLimits.maxStreamsPerLink ? tooManyJobs() : this.#begin(leaseId);
    if (refusal) {
      send(linkFrameTypes.error, errorPayload(refusal));
      return this.#context.onEnded(leaseId, undefined, refusal);
    }
    this.#jobs.set(stream, this.#relay(stream, leaseId, send));
  }

  #begin(leaseId: Hex): HearthError | undefined {
    const granted = this.#context.leases.find(leaseId);
    if (!granted) return new HearthError('lease_invalid', `lease ${leaseId} was not granted to this node`);
    const { orderHash } = granted.lease.body;
    if (this.#context.forgers.has(orderHash))
      return new HearthError('lease_invalid', `order ${orderHash}: its buyer forged a receipt`);
    const begun = this.#context.slots.beginJob(leaseId);
    if (begun === 'begun') return undefined;
    if (begun === 'full')
      return new HearthError('unavailable', 'the lease gave its slot back and none is free');
    return new HearthError('lease_invalid', `lease ${leaseId} is over`);
  }

  #relay(
    stream: number,
    leaseId: Hex,
    send: (type: LinkFrameType, payload?: Uint8Array) => void,
  ): RelayedJob {
    const { clock, leases, slots, timers } = this.#context;
    const link = this.#link;
    this.#unfinished += 1;
    return new RelayedJob({
      timers,
      send,
      admit: async (prefix) => {
        const granted = leases.find(leaseId);
        if (!granted) throw new HearthError('lease_invalid', `lease ${leaseId} is forgotten`);
        const { body } = granted.lease;
        assertSoldFor(prefix, body, this.#context.tier());
        const heldPicoUsd = leases.heldPicoUsd(body.orderHash, body.enclaveKey, clock.nowMs());
        assertJobMayRun(prefix, body, heldPicoUsd);
        await granted.durable;
        this.#context.onStarted(leaseId, prefix.header.jobId);
      },
      openEnclaveJob: this.#context.openEnclaveJob,
      areEnclaves: async (enclaveKeys) => {
        const isKnown = await this.#context.areEnclaves(enclaveKeys);
        const orderHash = leases.find(leaseId)?.lease.body.orderHash;
        if (!isKnown && orderHash) this.#context.forgers.add(orderHash);
        return isKnown;
      },
      onEnded: (ending, failure) => {
        if (link === this.#link) this.#jobs.delete(stream);
        slots.endJob(leaseId);
        this.#context.onEnded(leaseId, ending, failure);
        this.#unfinished -= 1;
        if (this.#unfinished === 0) for (const resolve of this.#idle.splice(0)) resolve();
      },
    });
  }

  #senderFor(stream: number): (type: LinkFrameType, payload?: Uint8Array) => void {
    const link = this.#link;
    return (type, payload) => {
      if (link === this.#link) this.#context.sendFrame(encodeLinkFrame(type, stream, payload));
    };
  }
}

const tooManyJobs = () =>
  new HearthError('rate_limited', `the link carries ${linkLimits.maxStreamsPerLink} jobs already`);
const violation = (message: string) => new HearthError('peer_protocol_violation', `gateway link: ${message}`);

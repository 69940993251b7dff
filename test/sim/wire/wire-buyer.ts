import type { Hex } from '@hearth/attestation/receipt';
import type { Simulation } from '../engine/simulation.ts';
import { requestTerms } from '../market/catalogue.ts';
import { account, word } from '../market/identifiers.ts';
import type { BuyerRequest } from './clearing-record.ts';
import type { JobAnswer, JobOpening } from './messages.ts';
import type { Grant } from './wire-gateway.ts';

/** Looks and pause of the SDK's client. */
const LOOKS = 30;
const PAUSE_MS = 400;
/** The same signed request again when no answer came. */
const ASK_AGAIN_MS = 2_000;
/** Beyond what the job should take. */
const JOB_PATIENCE_MS = 2_000;

export interface BuyerFigures {
  sessions: number;
  jobs: number;
  done: number;
  /** Jobs that had to go to another home. */
  moved: number;
  refused: Record<string, number>;
  gaveUp: number;
  /** From asking for a lease to having one. */
  readonly leaseMs: number[];
}

export interface BuyerWorld {
  readonly simulation: Simulation;
  readonly figures: BuyerFigures;
  readonly msPerToken: number;
  /** A fresh number: requests and jobs of all buyers. */
  next(): number;
  request(request: BuyerRequest, answer: (grant: Grant | undefined) => void): void;
  open(nodeKey: Hex, job: JobOpening, answer: (answer: JobAnswer) => void): void;
  settled(jobId: Hex, receiptHash: Hex): void;
  /** No answer came: the gateway saw the job's stream break. */
  lost(grant: Grant, jobId: Hex): void;
}

/** One session: a lease, jobs on it one after the other, and another lease whenever this one is no good. */
export class WireBuyer {
  readonly #world: BuyerWorld;
  readonly #limitPpm: number;
  readonly #buyer: Hex;
  #jobs: number[];

  constructor(world: BuyerWorld, number: number, jobs: readonly number[], limitPpm: number) {
    this.#world = world;
    this.#buyer = account(0xb0, number);
    this.#jobs = [...jobs];
    this.#limitPpm = limitPpm;
    world.figures.sessions += 1;
    world.figures.jobs += jobs.length;
  }

  start(): void {
    this.#takeLease(1);
  }

  #takeLease(look: number): void {
    const { simulation, figures } = this.#world;
    if (look > LOOKS) {
      figures.gaveUp += this.#jobs.length;
      this.#jobs = [];
      return;
    }
    const askedAtMs = simulation.nowMs();
    const request = {
      requestId: word(0x4e, this.#world.next()),
      terms: { request: requestTerms(this.#limitPpm), regions: [], buyer: this.#buyer },
    };
    this.#ask(request, (grant) => {
      if (grant === undefined) {
        simulation.after(PAUSE_MS, () => this.#takeLease(look + 1));
        return;
      }
      figures.leaseMs.push(simulation.nowMs() - askedAtMs);
      this.#run(grant);
    });
  }

  /** Until an answer comes; late and repeated answers count once. */
  #ask(request: BuyerRequest, answered: (grant: Grant | undefined) => void): void {
    let isAnswered = false;
    const send = (): void => {
      if (isAnswered) return;
      this.#world.request(request, (grant) => {
        if (isAnswered) return;
        isAnswered = true;
        answered(grant);
      });
      this.#world.simulation.after(ASK_AGAIN_MS, send);
    };
    send();
  }

  #run(grant: Grant): void {
    const { simulation, figures, msPerToken } = this.#world;
    const tokens = this.#jobs[0];
    if (tokens === undefined) return;
    const job = { leaseId: grant.lease.leaseId, jobId: word(0x10, this.#world.next()), tokens };
    let isOver = false;
    const over = (next: () => void): void => {
      if (isOver) return;
      isOver = true;
      cancel();
      next();
    };
    const move = (reason: string): void => {
      figures.moved += 1;
      figures.refused[reason] = (figures.refused[reason] ?? 0) + 1;
      this.#takeLease(1);
    };
    const cancel = simulation.after(tokens * msPerToken + JOB_PATIENCE_MS, () =>
      over(() => {
        this.#world.lost(grant, job.jobId);
        move('silence');
      }),
    );
    this.#world.open(grant.nodeKey, job, (answer) =>
      over(() => {
        if (answer.kind === 'refused') return move(answer.reason);
        figures.done += 1;
        this.#world.settled(job.jobId, answer.receiptHash);
        this.#jobs.shift();
        this.#run(grant);
      }),
    );
  }
}

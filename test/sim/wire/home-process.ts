import type { Hex } from '@hearth/attestation/receipt';
import { LeaseBook, restoreLeases, SlotDesk, SlotLedger } from '@hearth/provider-agent/slots';
import {
  type Ask,
  type Ed25519Key,
  type FromAgent,
  hold,
  lease,
  type Offer,
  offer,
  type priceCard,
  type ToAgent,
} from '@hearth/sdk/protocol';
import type { z } from 'zod';
import type { Simulation } from '../engine/simulation.ts';
import type { HomeDisk } from './home-disk.ts';
import type { JobOpening } from './messages.ts';
import { isSignedBy } from './simulated-key.ts';
import type { SlotModel } from './slot-model.ts';

export interface HomeProcessContext {
  readonly simulation: Simulation;
  readonly nodeKey: Ed25519Key;
  readonly logKey: Hex;
  readonly enclaveKey: Hex;
  readonly slots: number;
  readonly disk: HomeDisk;
  readonly model: SlotModel;
  readonly priceCard: z.output<typeof priceCard.body>;
  /** Our ask with this id, while it stands. */
  ask(askId: Hex): Ask | undefined;
  send(message: FromAgent): boolean;
  /** How long the chain takes to say whether an order is open. */
  chainDelayMs(): number;
}

/** One life of a home's host process: the production desk, book and ledger for slots, wired as `host.ts` wires them. */
export class HomeProcess {
  readonly #context: HomeProcessContext;
  readonly #ledger: SlotLedger;
  readonly #leases = new LeaseBook();
  readonly #desk: SlotDesk;
  #isDead = false;

  constructor(context: HomeProcessContext) {
    const { simulation, nodeKey, slots, disk } = context;
    this.#context = context;
    this.#ledger = new SlotLedger(slots);
    this.#desk = new SlotDesk({
      nodeKey,
      ledger: this.#ledger,
      leases: this.#leases,
      orders: { isOpen: () => this.#afterChain() },
      sequence: disk,
      clock: simulation,
      timers: { after: (delayMs, task) => simulation.after(delayMs, () => this.#isDead || task()) },
      facts: (body) => this.#facts(body),
      send: (message) => this.#send(message),
      onSold: ({ leaseId }) => context.model.accepted(leaseId),
      onRefused: () => {},
    });
  }

  /** Leases in the journal of an enclave that still lives go on; the others are aborted. */
  boot(): void {
    const { disk, enclaveKey, simulation, model } = this.#context;
    const { kept, lost } = restoreLeases(
      disk.leases,
      enclaveKey,
      this.#ledger,
      this.#leases,
      simulation.nowMs(),
    );
    for (const leaseId of kept) model.accepted(leaseId);
    this.#desk.abort(lost, 'enclave_lost');
    this.#desk.serve(enclaveKey);
  }

  kill(): void {
    this.#isDead = true;
    this.#desk.stop();
  }

  /** A new connection: the market hears the newest counter. */
  linked(): void {
    this.#desk.resend();
  }

  receive(message: ToAgent): void {
    const { logKey, model, disk } = this.#context;
    if (message.type === 'offer' && isSignedBy(offer, message.message, logKey))
      void this.#desk.answer(message.message, (answer) => this.#send(answer));
    if (message.type === 'lease') {
      const { lease: granted, hold: held } = message;
      if (!isSignedBy(lease, granted, logKey) || !isSignedBy(hold, held, logKey)) return;
      if (this.#leases.acceptOf(granted.body.leaseId) === undefined) return; // accepted by a process that is gone
      this.#leases.assertAccepted(granted.body);
      disk.keepLease({ kind: 'lease', lease: granted, hold: held });
      this.#leases.granted(granted, held, Promise.resolve());
    }
    if (message.type === 'refused' && message.ref !== null && this.#leases.acceptOf(message.ref)) {
      model.released(message.ref);
      this.#desk.release(message.ref);
    }
  }

  /** Undefined when it begins, else why not. */
  open({ leaseId }: JobOpening): string | undefined {
    if (!this.#leases.find(leaseId)) return 'not_granted';
    const begun = this.#desk.beginJob(leaseId);
    if (begun !== 'begun') return begun;
    this.#context.model.jobBegan(leaseId);
    return undefined;
  }

  ended(leaseId: Hex): void {
    this.#context.model.jobEnded(leaseId);
    this.#desk.endJob(leaseId);
  }

  get used(): number {
    this.#ledger.expire(this.#context.simulation.nowMs());
    return this.#ledger.used;
  }

  #afterChain(): Promise<boolean> {
    const { simulation, chainDelayMs } = this.#context;
    return new Promise((resolve) => simulation.after(chainDelayMs(), () => this.#isDead || resolve(true)));
  }

  #send(message: FromAgent): boolean {
    if (this.#isDead) return false;
    if (message.type === 'slots') {
      const { seq, used, slots } = message.message.body;
      this.#context.model.counted(seq, used, slots);
    }
    if (message.type === 'abort') this.#context.model.released(message.message.body.leaseId);
    return this.#context.send(message);
  }

  #facts(body: Offer) {
    const { nodeKey, enclaveKey, priceCard: card, simulation } = this.#context;
    return {
      nodeKey: nodeKey.publicKey,
      ask: this.#context.ask(body.askId),
      priceCard: card,
      enclaveKey,
      isDraining: false,
      exposurePicoUsd: 0n,
      maxExposurePicoUsd: body.holdPicoUsd,
      nowMs: simulation.nowMs(),
    };
  }
}

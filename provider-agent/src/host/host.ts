import type { Hex } from '@hearth/attestation/receipt';
import { type Execution, marketDomain } from '@hearth/contracts/typed-data';
import { type Ask, type Ed25519Key, type FromAgent, HearthError } from '@hearth/sdk/protocol';
import { messageOf } from '../agent-error.ts';
import type { Control } from '../channel/index.ts';
import type { HomeConfig } from '../config/home-config.ts';
import type { NodePower } from '../energy/node-power.ts';
import type { AskChain } from './asks/ask-chain.ts';
import { AskDesk } from './asks/ask-desk.ts';
import { OutlookDesk } from './asks/outlook-desk.ts';
import { areEnclaves } from './chain/are-enclaves.ts';
import type { MarketChain, MarketTransactions } from './chain/market-chain.ts';
import { OrderReader } from './chain/order-reader.ts';
import { type Direct, openDirect } from './direct/open-direct.ts';
import { drainHost } from './drain-host.ts';
import type { Report } from './host-events.ts';
import { JobRelay } from './jobs/job-relay.ts';
import { reportEnding } from './jobs/report-ending.ts';
import { ReceiptDelivery } from './journal/delivery.ts';
import type { Journal } from './journal/journal.ts';
import { ReceiptDesk } from './journal/receipt-desk.ts';
import type { LineFile } from './line-file.ts';
import { GatewayDesk } from './link/gateway-desk.ts';
import { GatewayLinks } from './link/gateway-links.ts';
import type { LinkTransport } from './link/transport.ts';
import { MarketClock } from './market-clock.ts';
import { type Clock, delay, type Random, type Timers } from './ports.ts';
import { EnclaveSide } from './registration/enclave-side.ts';
import { reportJournal } from './report-journal.ts';
import { Settler } from './settlement/settler.ts';
import { exposurePicoUsd } from './slots/exposure.ts';
import { LeaseBook } from './slots/lease-book.ts';
import { Pauses } from './slots/pauses.ts';
import { SlotDesk } from './slots/slot-desk.ts';
import { SlotLedger } from './slots/slot-ledger.ts';
import { StandingDesk } from './standing/standing-desk.ts';
import type { StopSignals } from './stop-signals.ts';
import { fired } from './waiting.ts';

export type HostParts = {
  readonly config: HomeConfig;
  readonly nodeKey: Ed25519Key;
  readonly journal: Journal;
  readonly askChain: AskChain;
  readonly promises: Pick<LineFile, 'keep'>;
  readonly standings: Pick<LineFile, 'keep'>;
  readonly slotSequence: { take(): number };
  readonly chain: MarketChain;
  readonly transactions: MarketTransactions;
  readonly transport: LinkTransport;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly report: Report;
  /** Hears of each receipt once it is in the journal. */
  onReceipt?(execution: Execution, isOfFirstModel: boolean): void;
};

/** Pace of the settlement rounds; a round costs nothing while nothing is due. */
const ROUND_MS = 1_000;
/** Leases are kept this long after their end, so that late receipts can still be explained to the log. */
const KEEP_LEASES_MS = 24 * 3600_000;

/** The host process: one enclave on one side, the market's replicas on the other, the journal and the slot ledger between them. */
export class Host {
  readonly #parts: HostParts;
  readonly #marketClock: MarketClock;
  readonly #leases = new LeaseBook();
  readonly #ledger: SlotLedger;
  readonly #slots: SlotDesk;
  /** Why nothing is for sale for a while; whoever knows of a reason sets it here. Jobs under way go on. */
  readonly pauses = new Pauses((reason) => {
    this.#slots.pause(reason);
    this.#outlook.look();
    this.#parts.report(
      'slots',
      reason === null ? 'slots are for sale again' : `no slot is for sale: ${reason}`,
      { reason },
    );
  });
  readonly #asks: AskDesk;
  readonly #outlook: OutlookDesk;
  readonly #standing: StandingDesk;
  /** One for each replica: streams belong to its link. */
  readonly #jobs: ReadonlyMap<string, JobRelay>;
  readonly #receipts: ReceiptDesk;
  readonly #delivery: ReceiptDelivery;
  readonly #settler: Settler;
  readonly #links: GatewayLinks;
  /** Undefined: the node does not listen. */
  readonly #direct: Direct | undefined;
  readonly #failed = new AbortController();
  readonly #enclave: EnclaveSide;
  readonly #gateways: GatewayDesk;
  readonly #forgers = new Set<Hex>();

  constructor(parts: HostParts) {
    this.#parts = parts;
    const { config, nodeKey, journal, chain, transactions, clock, timers, random, report } = parts;
    const marketClock = new MarketClock(clock);
    this.#marketClock = marketClock;
    this.#ledger = new SlotLedger(config.ask.slots);
    const domain = marketDomain(config.chain.chainId, config.chain.settlement);
    const append = journal.append.bind(journal);
    const send = (message: FromAgent) => this.#links.send(message);
    const shared = { timers, random, report };
    const inBackground = (task: Promise<unknown>) => this.#inBackground(task);

    this.#slots = new SlotDesk({
      nodeKey,
      ledger: this.#ledger,
      leases: this.#leases,
      orders: new OrderReader(chain, marketClock, timers),
      sequence: parts.slotSequence,
      clock: marketClock,
      timers,
      facts: (offer) => ({
        nodeKey: nodeKey.publicKey,
        ask: this.#askOf(offer.askId),
        priceCard: this.#asks.cardOf(this.#askOf(offer.askId)?.priceCardHash ?? '0x'),
        enclaveKey: this.#enclave.serving?.booted.enclaveKeys.enclaveKey,
        isDraining: this.pauses.declared !== null,
        exposurePicoUsd: exposurePicoUsd(journal.state.pairs, this.#leases.holdsAt(marketClock.nowMs())),
        maxExposurePicoUsd: config.limits.maxUnsettledMicroUsd * 1_000_000n,
        nowMs: marketClock.nowMs(),
      }),
      send,
      onSold: ({ leaseId, orderHash }) =>
        report('lease-sold', `sold a slot: lease ${leaseId}`, { leaseId, orderHash }),
      onRefused: ({ leaseId }, reason) =>
        report('lease-refused', `refused an offer: ${reason}`, { leaseId, reason }),
    });
    this.#asks = new AskDesk({
      ...shared,
      chain: parts.askChain,
      nodeKey: nodeKey.publicKey,
      ask: config.ask,
      clock: marketClock,
      send,
      introduce: (statement) => this.#links.introduce(statement),
      onAnnounced: () => {
        this.#slots.resend();
        this.#outlook.announced();
      },
    });
    this.#outlook = new OutlookDesk({
      nodeKey,
      clock: marketClock,
      asks: this.#asks,
      report,
      declaredPause: () => this.pauses.declared,
      send,
    });
    this.#standing = new StandingDesk({
      nodeKey: nodeKey.publicKey,
      report,
      keep: (message) => inBackground(parts.standings.keep(message)),
    });
    this.#receipts = new ReceiptDesk({ nodeKey, state: journal.state, clock, append });
    this.#delivery = new ReceiptDelivery({ undelivered: journal.state.undelivered, timers, send });
    this.#settler = new Settler({
      state: journal.state,
      chain,
      transactions,
      limits: config.limits,
      clock,
      unlinkedSinceMs: () => this.#gateways.unlinkedSinceMs,
      append,
      report,
    });
    this.#links = new GatewayLinks(
      {
        gateways: config.gateways,
        direct: config.direct?.url,
        nodeKey,
        transport: parts.transport,
        clock,
        timers,
        random,
      },
      {
        onConnecting: (url) => report('link-connecting', `connecting to ${url}`, { url }),
        onGatewayTime: (timeMs) => marketClock.heard(timeMs),
        onLinked: (url, welcome) => this.#gateways.linked(url, welcome),
        onMessage: (url, message) => this.#gateways.receive(url, message),
        onFrame: (url, frame) => this.#jobs.get(url)?.receive(frame),
        onLost: (url, loss) => this.#gateways.unlinked(url, loss),
      },
    );
    this.#direct =
      config.direct &&
      openDirect(config.direct, {
        nodeKey,
        domain,
        slots: this.#slots,
        leases: this.#leases,
        chain,
        transactions,
        clock: marketClock,
        isLinked: () => this.#links.isLinked,
        statementOf: (model) => this.#enclave.serving && this.#asks.statementOf(model),
        onOffer: (model, jobClass) =>
          this.#enclave.serving ? this.#asks.onOffer(model, jobClass) : undefined,
        append,
        relayOver: (sendFrame) => this.#relayOver(sendFrame),
        report,
      });
    this.#jobs = new Map([
      ...this.#links.urls.map((url): [string, JobRelay] => [
        url,
        this.#relayOver((frame) => this.#links.sendFrame(url, frame)),
      ]),
      ...(this.#direct ? [['direct', this.#direct.relay] as const] : []),
    ]);
    this.#enclave = new EnclaveSide({
      ...shared,
      config,
      nodeKey: nodeKey.publicKey,
      journal: journal.state,
      chain,
      transactions,
      ledger: this.#ledger,
      leases: this.#leases,
      slots: this.#slots,
      asks: this.#asks,
      pauses: this.pauses,
      clock,
      marketClock,
      onReceipt: (receipt) => void this.#takeReceipt(receipt),
    });
    this.#gateways = new GatewayDesk({
      domain,
      journal,
      promises: parts.promises,
      standing: this.#standing,
      leases: this.#leases,
      slots: this.#slots,
      asks: this.#asks,
      delivery: this.#delivery,
      clock,
      marketClock,
      report,
      links: () => this.#links,
      abandonJobs: (url) => this.#jobs.get(url)?.abandonAll('the link to the gateway is lost'),
      inBackground,
    });
  }

  /** Runs until it is told to stop, or until the journal fails: without it no further receipt would be safe. */
  async run(stop: StopSignals): Promise<void> {
    const now = AbortSignal.any([stop.now, this.#failed.signal]);
    reportJournal(this.#parts.journal, this.#parts.report);
    await this.#direct?.listen();
    this.#links.start();
    const ended = new AbortController();
    const running = [this.#enclave.run(ended.signal), this.#rounds(ended.signal)];
    await fired(AbortSignal.any([stop.drain, now]));
    await this.#drain(now);
    ended.abort();
    await Promise.all(running);
    this.#links.stop();
    await this.#direct?.close();
    await this.#parts.journal.close();
    if (this.#failed.signal.aborted) throw this.#failed.signal.reason;
  }

  /** The node as the energy policy steers it. */
  readonly power: NodePower = {
    limitSlots: (slots) => this.#slots.limit(slots),
    setPaused: (reason, isPaused) => this.pauses.set(reason, isPaused),
    stopJobs: (reason) => {
      this.#slots.abortAll('draining');
      for (const jobs of this.#jobs.values()) jobs.interruptAll(reason);
    },
    reprice: (multiplierPpm) => this.#asks.reprice(multiplierPpm),
    planSales: (plan) => this.#outlook.plan(plan),
    declareEnergy: (word) => this.#enclave.serving?.client.declareEnergy(word),
    load: () => ({
      isReady: this.#enclave.serving !== undefined,
      runningJobs: [...this.#jobs.values()].reduce((sum, jobs) => sum + jobs.running, 0),
      slots: this.#ledger.slots,
    }),
    card: () => {
      const card = this.#asks.card;
      return card && { input: Number(card.inputMicroUsdPerMTok), output: Number(card.outputMicroUsdPerMTok) };
    },
    isClockSynced: () => this.#marketClock.isSynced,
  };

  #drain(now: AbortSignal): Promise<void> {
    const { timers, report, config } = this.#parts;
    return drainHost(
      {
        timers,
        report,
        finishJobsWithinMs: config.finishJobsWithinMs,
        pauses: this.pauses,
        slots: this.#slots,
        asks: this.#asks,
        relays: [...this.#jobs.values()],
        links: this.#links,
        delivery: this.#delivery,
        runningJobs: () => this.power.load().runningJobs,
      },
      now,
    );
  }

  async #rounds(signal: AbortSignal): Promise<void> {
    const { clock, timers, journal } = this.#parts;
    while (!signal.aborted) {
      await this.#settler.settleDue();
      this.#leases.forgetEnded(this.#marketClock.nowMs());
      journal.state.dropLeasesBefore(clock.nowMs() - KEEP_LEASES_MS);
      await delay(timers, ROUND_MS, signal);
    }
  }

  /** Ours, standing, and for what is still on offer. */
  #askOf(id: Hex): Ask | undefined {
    const ask = this.#parts.askChain.find(id) ?? this.#direct?.find(id);
    return ask && this.#asks.sells(ask) ? ask : undefined;
  }

  #relayOver(sendFrame: (frame: Uint8Array) => void): JobRelay {
    const { timers, report } = this.#parts;
    return new JobRelay({
      clock: this.#marketClock,
      timers,
      slots: this.#slots,
      leases: this.#leases,
      sendFrame,
      tier: () => this.#enclave.serving?.booted.enclaveKeys.tier,
      openEnclaveJob: () => {
        const enclave = this.#enclave.serving;
        if (!enclave) throw new HearthError('enclave_lost', 'the enclave is not there');
        return enclave.client.openJob();
      },
      areEnclaves: (enclaveKeys) => areEnclaves(this.#parts.chain, enclaveKeys),
      forgers: this.#forgers,
      onStarted: (leaseId, jobId) => report('job-started', `job ${jobId}`, { leaseId, jobId }),
      onEnded: (leaseId, ending, failure) => reportEnding(report, leaseId, ending, failure),
    });
  }

  async #takeReceipt(receipt: Control<'receipt'>): Promise<void> {
    try {
      if (!(await this.#receipts.take(receipt))) return;
      this.#delivery.pump();
      if (receipt.resent) return;
      const { execution } = receipt.receipt;
      this.#parts.onReceipt?.(execution, this.#enclave.isFirstModel(execution.modelDigest as Hex));
    } catch (error) {
      this.#fail(error);
    }
  }

  #inBackground(task: Promise<unknown>): void {
    task.catch((error: unknown) => {
      if ((error as { code?: string }).code === 'journal_failed') this.#fail(error);
      else this.#parts.report('warning', messageOf(error));
    });
  }

  #fail(error: unknown): void {
    if (!this.#failed.signal.aborted) this.#failed.abort(error);
  }
}

import type { Hex } from '@hearth/attestation/receipt';
import { type Execution, marketDomain } from '@hearth/contracts/typed-data';
import { type Ask, type Ed25519Key, type FromAgent, HearthError, regionCode } from '@hearth/sdk/protocol';
import { messageOf } from '../agent-error.ts';
import type { Control, JobEnding } from '../channel/index.ts';
import type { HomeConfig } from '../config/home-config.ts';
import type { NodePower } from '../energy/node-power.ts';
import type { AskChain } from './asks/ask-chain.ts';
import { AskDesk } from './asks/ask-desk.ts';
import type { MarketChain, MarketTransactions } from './chain/market-chain.ts';
import { OrderReader } from './chain/order-reader.ts';
import { type Direct, openDirect } from './direct/open-direct.ts';
import type { Report } from './host-events.ts';
import { JobRelay } from './jobs/job-relay.ts';
import { ReceiptDelivery } from './journal/delivery.ts';
import type { Journal } from './journal/journal.ts';
import { ReceiptDesk } from './journal/receipt-desk.ts';
import type { LineFile } from './line-file.ts';
import type { GatewayMessage, LinkLoss, Welcome } from './link/gateway-link.ts';
import { GatewayLinks } from './link/gateway-links.ts';
import type { LinkTransport } from './link/transport.ts';
import { MarketClock } from './market-clock.ts';
import { type Clock, delay, type Random, type Timers } from './ports.ts';
import { EnclaveSession, type LiveEnclave } from './registration/enclave-session.ts';
import { Registrar } from './registration/registrar.ts';
import { Settler } from './settlement/settler.ts';
import { exposurePicoUsd } from './slots/exposure.ts';
import { LeaseBook } from './slots/lease-book.ts';
import { Pauses } from './slots/pauses.ts';
import { restoreLeases } from './slots/restore-leases.ts';
import { SlotDesk } from './slots/slot-desk.ts';
import { SlotLedger } from './slots/slot-ledger.ts';
import { StandingDesk } from './standing/standing-desk.ts';
import type { StopSignals } from './stop-signals.ts';

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
  onReceipt?(execution: Execution): void;
};

/** Pace of the settlement rounds; a round costs nothing while nothing is due. */
const ROUND_MS = 1_000;
/** Leases are kept this long after their end, so that late receipts can still be explained to the log. */
const KEEP_LEASES_MS = 24 * 3600_000;
/** Jobs that are cut off at the end of a stop have this long to bill what they made, and their receipts to be delivered. */
const LAST_RECEIPTS_MS = 3_000;

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
    this.#parts.report(
      'slots',
      reason === null ? 'slots are for sale again' : `no slot is for sale: ${reason}`,
    );
  });
  readonly #asks: AskDesk;
  readonly #standing: StandingDesk;
  /** One for each replica: streams belong to its link. */
  readonly #jobs: ReadonlyMap<string, JobRelay>;
  readonly #receipts: ReceiptDesk;
  readonly #delivery: ReceiptDelivery;
  readonly #settler: Settler;
  readonly #links: GatewayLinks;
  /** Undefined: the node does not listen. */
  readonly #direct: Direct | undefined;
  readonly #session: EnclaveSession;
  readonly #registrar: Registrar;
  readonly #failed = new AbortController();
  /** Registered and on offer; undefined while there is none. */
  #serving: LiveEnclave | undefined;
  readonly #forgers = new Set<Hex>();
  #keyConfigs: Control<'keyConfigs'>['keyConfigs'] = [];
  #unlinkedSinceMs: number | undefined;

  constructor(parts: HostParts) {
    this.#parts = parts;
    const { config, nodeKey, journal, chain, transactions, clock, timers, random, report } = parts;
    const marketClock = new MarketClock(clock);
    this.#marketClock = marketClock;
    this.#unlinkedSinceMs = clock.nowMs();
    this.#ledger = new SlotLedger(config.ask.slots);
    const append = journal.append.bind(journal);
    const send = (message: FromAgent) => this.#links.send(message);
    const shared = { timers, random, report };

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
        enclaveKey: this.#serving?.booted.enclaveKeys.enclaveKey,
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
      onAnnounced: () => this.#slots.resend(),
    });
    this.#standing = new StandingDesk({
      nodeKey: nodeKey.publicKey,
      report,
      keep: (message) => this.#inBackground(parts.standings.keep(message)),
    });
    this.#receipts = new ReceiptDesk({ nodeKey, state: journal.state, clock, append });
    this.#delivery = new ReceiptDelivery({ undelivered: journal.state.undelivered, timers, send });
    this.#settler = new Settler({
      state: journal.state,
      chain,
      transactions,
      limits: config.limits,
      clock,
      unlinkedSinceMs: () => this.#unlinkedSinceMs,
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
        onLinked: (url, welcome) => this.#linked(url, welcome),
        onMessage: (url, message) => this.#receive(url, message),
        onFrame: (url, frame) => this.#jobs.get(url)?.receive(frame),
        onLost: (url, loss) => this.#unlinked(url, loss),
      },
    );
    this.#direct =
      config.direct &&
      openDirect(config.direct, {
        nodeKey,
        domain: marketDomain(config.chain.chainId, config.chain.settlement),
        slots: this.#slots,
        leases: this.#leases,
        chain,
        transactions,
        clock: marketClock,
        isLinked: () => this.#links.isLinked,
        statement: () => this.#serving && this.#asks.statement,
        onOffer: (jobClass) => (this.#serving ? this.#asks.onOffer(jobClass) : undefined),
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
    this.#session = new EnclaveSession(
      {
        socketPath: config.enclave.socket,
        identity: {
          provider: config.provider,
          nodeKey: nodeKey.publicKey,
          regionCode: regionCode(config.region),
        },
        clock,
        timers,
        random,
        anchor: () => chain.newestBlock(),
      },
      {
        onConnecting: (attempt) => {
          if (attempt === 1)
            report('enclave-connecting', `connecting to the enclave at ${config.enclave.socket}`);
        },
        onProgress: ({ phase, fraction, note }) =>
          report('enclave-loading', `${phase} ${Math.round(fraction * 100)} %${note ? `: ${note}` : ''}`, {
            phase,
            fraction,
          }),
        onBooted: (enclave) => this.#booted(enclave),
        onKeyConfigs: ({ keyConfigs }) => {
          this.#keyConfigs = keyConfigs;
          this.#offerServing();
        },
        onReceipt: (receipt) => void this.#takeReceipt(receipt),
        onLost: (reason) => this.#enclaveLost(reason),
        onFailed: (reason, retryInMs) =>
          report('enclave-lost', `no enclave: ${reason}; next attempt in ${retryInMs} ms`, { retryInMs }),
      },
    );
    this.#registrar = new Registrar({
      ...shared,
      dataDir: config.dataDir,
      request: {
        chainId: config.chain.chainId,
        registry: config.chain.registry,
        provider: config.provider,
        nodeKey: nodeKey.publicKey,
      },
      chain,
      transactions,
      clock,
      requote: (enclave) => this.#session.requote(enclave),
      onRegistered: (enclave) => {
        this.#serving = enclave;
        this.#offerServing();
      },
    });
  }

  /** Runs until it is told to stop, or until the journal fails: without it no further receipt would be safe. */
  async run(stop: StopSignals): Promise<void> {
    const now = AbortSignal.any([stop.now, this.#failed.signal]);
    this.#reportJournal();
    await this.#direct?.listen();
    this.#links.start();
    const ended = new AbortController();
    const running = [this.#session.run(ended.signal), this.#rounds(ended.signal)];
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
    declareEnergy: (word) => this.#serving?.client.declareEnergy(word),
    load: () => ({
      isReady: this.#serving !== undefined,
      runningJobs: [...this.#jobs.values()].reduce((sum, jobs) => sum + jobs.running, 0),
      slots: this.#ledger.slots,
    }),
    card: () => {
      const card = this.#asks.card;
      return card && { input: Number(card.inputMicroUsdPerMTok), output: Number(card.outputMicroUsdPerMTok) };
    },
    isClockSynced: () => this.#marketClock.isSynced,
  };

  /** Declared to the market, so that it is no fault: jobs under way are finished, within bounds, and their receipts delivered. */
  async #drain(now: AbortSignal): Promise<void> {
    const { timers, report, config } = this.#parts;
    const { finishJobsWithinMs } = config;
    const { runningJobs } = this.power.load();
    report(
      'stopping',
      runningJobs === 0
        ? 'nothing more is sold'
        : `nothing more is sold; ${runningJobs} running jobs have ${finishJobsWithinMs / 1000} s to finish (stop again to end at once)`,
      { runningJobs, finishJobsWithinMs },
    );
    this.pauses.set('draining', true);
    await within(timers, finishJobsWithinMs, this.#slots.retire(), now);
    const relays = [...this.#jobs.values()];
    const cutOff = this.power.load().runningJobs;
    if (cutOff > 0) report('stopping', `${cutOff} jobs are cut off and billed up to here`, { cutOff });
    this.#slots.serve(undefined);
    this.#slots.abortAll('draining');
    for (const jobs of relays) jobs.abandonAll('the node stops');
    const idle = Promise.all(relays.map((jobs) => jobs.whenIdle()));
    const delivered = idle.then(() => (this.#links.isLinked ? this.#delivery.whenDelivered() : undefined));
    await within(timers, LAST_RECEIPTS_MS, delivered);
    this.#slots.stop();
    this.#asks.stop();
    this.#delivery.stop();
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

  #booted(enclave: LiveEnclave): void {
    const { enclaveKeys } = enclave.booted;
    this.#keyConfigs = enclave.booted.keyConfigs;
    this.#parts.report(
      'enclave-booted',
      `enclave ${enclaveKeys.enclaveKey} runs ${enclave.ready.modelManifest.name}`,
      {
        enclaveKey: enclaveKeys.enclaveKey,
        nodeKey: enclaveKeys.nodeKey,
        model: enclave.ready.modelManifest.name,
        modelDigest: enclave.ready.modelDigest,
        measurementHash: enclave.booted.measurementHash,
        tier: enclaveKeys.tier,
      },
    );
    const { lost, kept } = restoreLeases(
      this.#parts.journal.state.leases.values(),
      enclaveKeys.enclaveKey,
      this.#ledger,
      this.#leases,
      this.#marketClock.nowMs(),
    );
    this.#slots.abort(lost, 'enclave_lost');
    if (kept.length > 0) this.#parts.report('slots', `${kept.length} leases from before are still in force`);
    void this.#registrar.keepRegistered(enclave);
  }

  #enclaveLost(reason: string): void {
    this.#parts.report('enclave-lost', `the enclave is gone: ${reason}`);
    this.#serving = undefined;
    this.#slots.abortAll('enclave_lost');
    this.#slots.serve(undefined);
    this.#asks.offer(undefined);
  }

  /** Publishes the enclave as it is now; also after each rotation of its HPKE keys. */
  #offerServing(): void {
    if (!this.#serving || this.pauses.declared === 'draining') return;
    const { measurement: _, committedConfig: __, ...statement } = this.#serving.booted;
    this.#slots.serve(statement.enclaveKeys.enclaveKey);
    this.#asks.offer({
      statement: { ...statement, keyConfigs: this.#keyConfigs, region: this.#parts.config.region },
      maxContextTokens: this.#serving.ready.contextTokens,
      classes: this.#serving.ready.classes,
    });
  }

  /** The chain does not forget an enclave; while it is away, nobody is called a forger. */
  async #areEnclaves(enclaveKeys: readonly Hex[]): Promise<boolean> {
    const { chain } = this.#parts;
    const known = enclaveKeys.map((key) =>
      chain.enclave(key).then(
        (enclave) => enclave !== undefined,
        () => true,
      ),
    );
    return (await Promise.all(known)).every(Boolean);
  }

  /** Ours, standing, and for what is still on offer. */
  #askOf(id: Hex): Ask | undefined {
    const ask = this.#parts.askChain.find(id) ?? this.#direct?.find(id);
    return ask && this.#asks.sells(ask.class) ? ask : undefined;
  }

  #relayOver(sendFrame: (frame: Uint8Array) => void): JobRelay {
    const { timers, report } = this.#parts;
    return new JobRelay({
      clock: this.#marketClock,
      timers,
      slots: this.#slots,
      leases: this.#leases,
      sendFrame,
      tier: () => this.#serving?.booted.enclaveKeys.tier,
      openEnclaveJob: () => {
        if (!this.#serving) throw new HearthError('enclave_lost', 'the enclave is not there');
        return this.#serving.client.openJob();
      },
      areEnclaves: (enclaveKeys) => this.#areEnclaves(enclaveKeys),
      forgers: this.#forgers,
      onStarted: (leaseId, jobId) => report('job-started', `job ${jobId}`, { leaseId, jobId }),
      onEnded: (leaseId, ending, failure) => this.#jobEnded(leaseId, ending, failure),
    });
  }

  #linked(url: string, { logKey, priceCards }: Welcome): void {
    this.#unlinkedSinceMs = undefined;
    const { offsetMs } = this.#marketClock;
    this.#parts.report('linked', `linked to ${url}`, { url, logKey, clockOffsetMs: offsetMs });
    this.#asks.linked(priceCards);
    this.#delivery.restart();
  }

  #unlinked(url: string, { reason, retryInMs, wasLinked }: LinkLoss): void {
    this.#jobs.get(url)?.abandonAll('the link to the gateway is lost');
    this.#parts.report('link-lost', `${url}: ${reason}; next attempt in ${retryInMs} ms`, { url, retryInMs });
    if (!this.#links.isLinked) {
      this.#unlinkedSinceMs ??= this.#parts.clock.nowMs();
      this.#asks.unlinked();
    } else if (wasLinked) {
      // Another replica goes on: it is told what may have been lost on the way to this one.
      this.#asks.announce();
      this.#delivery.restart();
    }
  }

  /** @throws HearthError `peer_protocol_violation`; the link ends then */
  #receive(url: string, message: GatewayMessage): void {
    switch (message.type) {
      case 'promise':
        this.#inBackground(this.#parts.promises.keep(message.message));
        return this.#inBackground(this.#asks.promised(message.message.body.messageId));
      case 'standing':
        return this.#standing.heard(message.message);
      case 'offer':
        return this.#inBackground(
          this.#slots.answer(message.message, (answer) => this.#links.sendTo(url, answer)),
        );
      case 'lease': {
        this.#leases.assertAccepted(message.lease.body);
        const { lease, hold } = message;
        if (this.#leases.find(lease.body.leaseId)) return; // told again, perhaps by another replica
        const durable = this.#parts.journal.append({ kind: 'lease', lease, hold });
        this.#inBackground(durable);
        return this.#leases.granted(lease, hold, durable);
      }
      case 'receipt-stored':
        return this.#inBackground(this.#receiptStored(message.receiptHash));
      case 'refused':
        return this.#inBackground(this.#refused(message));
    }
  }

  async #takeReceipt(receipt: Control<'receipt'>): Promise<void> {
    try {
      if (!(await this.#receipts.take(receipt))) return;
      this.#delivery.pump();
      if (!receipt.resent) this.#parts.onReceipt?.(receipt.receipt.execution);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #receiptStored(receiptHash: Hex): Promise<void> {
    if (this.#parts.journal.state.undelivered.has(receiptHash)) {
      await this.#parts.journal.append({ kind: 'delivered', receiptHash });
      this.#parts.report('receipt-stored', `the gateway has receipt ${receiptHash}`, { receiptHash });
    }
    this.#delivery.stored(receiptHash);
    this.#delivery.pump();
  }

  async #refused({ ref, code, message }: Extract<GatewayMessage, { type: 'refused' }>): Promise<void> {
    if (ref && this.#delivery.refused(ref))
      return this.#parts.report('receipt-refused', `the gateway refused receipt ${ref}: ${message}`, {
        ref,
        code,
      });
    if (ref && this.#leases.acceptOf(ref)) {
      // A second ACCEPT of a granted lease is refused too: its slot is sold and stays so.
      if (!this.#leases.find(ref)) this.#slots.release(ref);
      return this.#parts.report('lease-refused', `the gateway did not take our ACCEPT: ${message}`, {
        ref,
        code,
      });
    }
    if (await this.#asks.refused(ref, code, message)) return;
    this.#parts.report('warning', `the gateway refused a message: ${message}`, { ref, code });
  }

  #jobEnded(leaseId: Hex, ending: JobEnding | undefined, failure: HearthError | undefined): void {
    const { report } = this.#parts;
    if (ending?.kind === 'done') {
      const { outcome, inputTokens, outputTokens } = ending;
      report('job-ended', `job done: ${outputTokens} tokens`, {
        leaseId,
        outcome,
        inputTokens,
        outputTokens,
      });
    } else {
      report('job-refused', `job not done: ${failure?.message}`, { leaseId, code: failure?.code });
    }
  }

  #reportJournal(): void {
    const { journal, report } = this.#parts;
    const { state, damage } = journal;
    report(
      'journal-opened',
      `journal: ${state.undelivered.size} receipts to deliver, ${state.pairs.size} totals to settle`,
      {
        undelivered: state.undelivered.size,
        unsettled: state.pairs.size,
      },
    );
    if (damage.tornBytes > 0)
      report(
        'warning',
        `journal: cut off a record of ${damage.tornBytes} bytes that was being written at the last stop`,
        damage,
      );
    if (damage.damagedLines.length + damage.unknownRecords > 0)
      report(
        'warning',
        `journal: ${damage.damagedLines.length} damaged lines (${damage.damagedLines.slice(0, 5).join(', ')}), ${damage.unknownRecords} unknown records; the rest is in use. Check the disk; keep the file for repair`,
        damage,
      );
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

/** Waits for `task`, no longer than `limitMs`, and no longer than until `signal` fires. */
async function within(
  timers: Timers,
  limitMs: number,
  task: Promise<unknown>,
  signal?: AbortSignal,
): Promise<void> {
  const done = new AbortController();
  const end = AbortSignal.any([done.signal, ...(signal ? [signal] : [])]);
  await Promise.race([task, delay(timers, limitMs, end)]);
  done.abort();
}

function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

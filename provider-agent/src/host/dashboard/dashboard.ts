import { join } from 'node:path';
import type { Hex } from '@hearth/attestation/receipt';
import { type NodeOutcomes, routes } from '@hearth/sdk/protocol';
import type { HomeConfig } from '../../config/home-config.ts';
import type { Earnings } from '../earnings/earnings.ts';
import type { Report } from '../host-events.ts';
import type { JournalState } from '../journal/journal-state.ts';
import { fetchFeeBps, fetchOutcomes, publicUrl } from '../link/node-outcomes.ts';
import { type NodePreview, previewNode } from '../link/preview-node.ts';
import type { OwnerPause } from '../owner-pause.ts';
import type { Clock, Timers } from '../ports.ts';
import type { ChainView } from './chain-watch.ts';
import type { EnergyPort } from './energy-port.ts';
import { EventLog } from './event-log.ts';
import { exportCsv, exportNames } from './exports.ts';
import { headlineOf } from './headline.ts';
import { LiveStream } from './live-stream.ts';
import { foldEvent, initialNodeState, type NodeState } from './node-state.ts';
import { ownerAction } from './owner-actions.ts';
import type { DashboardApi } from './server.ts';
import { type EventLine, encode, type HomeView, type JobLine, type Session } from './view.ts';

const SHOWN_JOBS = 200;
const LONGEST_LOOK_BACK_HOURS = 24 * 7;
const MOST_PERCENT = 10_000;

export type DashboardParts = {
  readonly config: HomeConfig;
  readonly nodeKey: Hex;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly timeZone: string;
  readonly dayOf: (atMs: number) => string;
  readonly journal: JournalState;
  readonly earnings: Earnings;
  readonly pause: OwnerPause;
  readonly declaredPause: () => string | null;
  readonly chain: () => ChainView;
  readonly energy: EnergyPort | undefined;
};

/** Keeps what the owner's page shows: a fold of what the host reports, beside journal, earnings, chain and energy. */
export class Dashboard implements DashboardApi {
  readonly #parts: DashboardParts;
  readonly #stream: LiveStream;
  readonly #events = new EventLog();
  readonly #startedAtMs: number;
  #state: NodeState;
  #pauseDeclared: { readonly reason: string; readonly sinceMs: number } | undefined;
  #feeBps: number | null = null;
  #jobCount = 0;

  constructor(parts: DashboardParts) {
    this.#parts = parts;
    this.#startedAtMs = parts.clock.nowMs();
    this.#state = initialNodeState(this.#startedAtMs);
    this.#stream = new LiveStream(parts.timers, () => encode(this.view()));
    parts.energy?.onChange(() => this.changed());
  }

  /** Hears what the host reports. */
  readonly observe: Report = (state, message, particulars = {}) => {
    const event = { state, message, particulars, atMs: this.#parts.clock.nowMs() };
    this.#state = foldEvent(this.#state, event);
    this.#events.add(event);
    if (state === 'linked') void this.#readFee();
    this.changed();
  };

  get enclaveKey(): string | undefined {
    return this.#state.enclave.enclaveKey;
  }

  earned(): void {
    this.#jobCount += 1;
    this.changed();
  }

  changed(): void {
    this.#stream.changed();
  }

  stop(): void {
    this.#stream.stop();
  }

  view(): HomeView {
    const { config, nodeKey, clock, timeZone, journal, earnings, pause, chain, energy } = this.#parts;
    const nowMs = clock.nowMs();
    const declaredPause = this.#declaredPause(nowMs);
    return {
      atMs: nowMs,
      startedAtMs: this.#startedAtMs,
      timeZone,
      headline: headlineOf(this.#state, pause.current, declaredPause),
      node: {
        nodeKey,
        provider: config.provider,
        region: config.region,
        chainId: config.chain.chainId,
        slots: config.ask.slots,
        dataDir: config.dataDir,
      },
      state: this.#state,
      pause: pause.current,
      declaredPause: declaredPause?.reason ?? null,
      sessions: this.#sessions(nowMs),
      money: {
        ...earnings.book.totals(),
        today: earnings.book.day(nowMs),
        month: earnings.book.month(nowMs),
        feeBps: this.#feeBps,
      },
      chain: chain(),
      undeliveredReceipts: journal.undelivered.size,
      energy: energy?.snapshot() ?? null,
      eventCount: this.#events.count,
      jobCount: this.#jobCount,
    };
  }

  read(path: string, query: URLSearchParams): Promise<unknown> | undefined {
    switch (path) {
      case '/api/view':
        return Promise.resolve(this.view());
      case '/api/jobs':
        return Promise.resolve(this.#jobs());
      case '/api/events':
        return Promise.resolve(this.#eventLines());
      case '/api/outcomes':
        return this.#outcomes(hoursOf(query));
      case '/api/preview':
        return this.#preview(hoursOf(query), Number(query.get('percent') || Number.NaN));
      default:
        return undefined;
    }
  }

  export(path: string): { readonly fileName: string; readonly lines: AsyncIterable<string> } | undefined {
    const name = exportNames.find((known) => path === `/api/export/${known}.csv`);
    if (!name) return undefined;
    const { earnings, dayOf, clock, config } = this.#parts;
    return {
      fileName: `hearth-${name}-${dayOf(clock.nowMs())}.csv`,
      lines: exportCsv(name, earnings, dayOf, join(config.dataDir, 'energy.ndjson')),
    };
  }

  act(path: string, body: unknown): Promise<unknown> | undefined {
    const { pause, energy, clock, timers } = this.#parts;
    return ownerAction({ pause, energy, timers, nowMs: () => clock.nowMs() }, path, body);
  }

  listen(response: Parameters<DashboardApi['listen']>[0]): boolean {
    return this.#stream.add(response);
  }

  #sessions(nowMs: number): Session[] {
    return [...this.#parts.journal.leases.values()]
      .map(({ lease }) => lease.body)
      .filter(({ leaseId, leaseExpiresAtMs }) => leaseExpiresAtMs > nowMs || this.#state.running[leaseId])
      .map(({ leaseId, multiplierPpm, leaseExpiresAtMs }) => ({
        leaseId,
        multiplierPpm,
        expiresAtMs: leaseExpiresAtMs,
        job: this.#state.running[leaseId] ?? null,
      }));
  }

  #jobs(): JobLine[] {
    const { earnings, config } = this.#parts;
    const [gateway = ''] = config.gateways;
    return earnings.book.newestJobs(SHOWN_JOBS).map((entry) => ({
      ...(JSON.parse(encode(entry)) as JobLine),
      receiptUrl: publicUrl(gateway, routes.receipt(entry.receiptHash)).href,
    }));
  }

  #eventLines(): EventLine[] {
    return this.#events.newest;
  }

  #outcomes(hours: number): Promise<NodeOutcomes> {
    const { config, nodeKey, clock } = this.#parts;
    return fetchOutcomes(config.gateways, nodeKey, hours, clock.nowMs());
  }

  /** @param percent of the price card; not a number: as the node asks now */
  #preview(hours: number, percent: number): Promise<NodePreview> {
    const { config, nodeKey, clock, energy } = this.#parts;
    const standing = energy?.snapshot().ask?.multiplierPpm ?? this.#state.ask.multiplierPpm;
    const multiplierPpm = percent >= 1 && percent <= MOST_PERCENT ? Math.round(percent * 10_000) : standing;
    return previewNode(config, { nodeKey, hours, multiplierPpm, nowMs: clock.nowMs() });
  }

  #declaredPause(nowMs: number): { readonly reason: string; readonly sinceMs: number } | undefined {
    const reason = this.#parts.declaredPause();
    if (reason === null) this.#pauseDeclared = undefined;
    else if (this.#pauseDeclared?.reason !== reason) this.#pauseDeclared = { reason, sinceMs: nowMs };
    return this.#pauseDeclared;
  }

  async #readFee(): Promise<void> {
    const feeBps = await fetchFeeBps(this.#parts.config.gateways);
    if (feeBps === undefined) return;
    this.#feeBps = feeBps;
    this.changed();
  }
}

/** How far to look back, within reason. */
function hoursOf(query: URLSearchParams): number {
  const hours = Number(query.get('hours') ?? 24);
  return Number.isInteger(hours) && hours >= 1 ? Math.min(hours, LONGEST_LOOK_BACK_HOURS) : 24;
}

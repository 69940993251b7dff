import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { grid, SLOT_S } from '../sim/home/grid.ts';
import { seasons } from '../sim/home/seasons.ts';
import type { DayClock } from './day-clock.ts';

const DAYS = 7;
/** Grid fees and taxes, which a feed of market prices leaves out. */
export const SURCHARGE_PER_KWH = 0.14;
/** Ahead of now, by our clock: a home asks each half hour. */
const AHEAD_MS = 40 * 60_000;

/** A dynamic tariff whose quarters of an hour pass as fast as the simulated day. */
export class DayTariff {
  readonly #clock: DayClock;
  readonly #importPerKwh: Float32Array;

  constructor(clock: DayClock, seed: number) {
    this.#clock = clock;
    this.#importPerKwh = grid(seasons[3] as (typeof seasons)[number], seed, DAYS).importPerKwh;
  }

  perKwhAt(second: number): number {
    return this.#importPerKwh[Math.floor(second / SLOT_S) % this.#importPerKwh.length] ?? 0;
  }

  /** As aWATTar says it: milliseconds, EUR per MWh, net. */
  marketData(nowMs: number): object {
    const first = Math.floor(this.#clock.secondAt(nowMs) / SLOT_S);
    const last = Math.ceil(this.#clock.secondAt(nowMs + AHEAD_MS) / SLOT_S);
    const data = Array.from({ length: last - first }, (_, index) => ({
      start_timestamp: Math.round(this.#clock.msOf((first + index) * SLOT_S)),
      end_timestamp: Math.round(this.#clock.msOf((first + index + 1) * SLOT_S)),
      marketprice: (this.perKwhAt((first + index) * SLOT_S) - SURCHARGE_PER_KWH) * 1_000,
      unit: 'Eur/MWh',
    }));
    return { object: 'list', data };
  }

  async serve(port: number): Promise<{ readonly url: string; stop(): Promise<void> }> {
    const server = createServer((request, response) => {
      const isKnown = request.url?.startsWith('/v1/marketdata') === true;
      response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' });
      response.end(isKnown ? JSON.stringify(this.marketData(Date.now())) : '{}');
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      stop: async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }
}

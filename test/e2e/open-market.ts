import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, ensureApiKey, openOrder, type Session } from '@hearth/sdk';
import { startChain } from '../environment/chain.ts';
import { Lifecycle } from '../environment/lifecycle.ts';
import { startPostgres } from '../environment/postgres.ts';
import type { HomeSettings } from '../market/home.ts';
import { type Market, type MarketOptions, startMarket } from '../market/market.ts';

export type Story = Market & { readonly dir: string; readonly databaseUrl: string };

/** What a story may put a proxy before; whatever it starts for that belongs into the lifecycle. */
export type Connections = Pick<MarketOptions, 'dir' | 'chain' | 'databaseUrl'> & {
  readonly lifecycle: Lifecycle;
};

export const homeA: HomeSettings = { name: 'a', multiplierPpm: 1_000_000, slots: 2, region: 'DE' };
export const homeB: HomeSettings = { name: 'b', multiplierPpm: 900_000, slots: 2, region: 'FR' };
export const homeC: HomeSettings = { name: 'c', multiplierPpm: 800_000, slots: 2, region: 'DE-BY' };

/** Room for starting a market of real processes on a busy two-core machine. */
export const MARKET_TIMEOUT_MS = 120_000;

/** A market of its own for one story: real processes on a fresh chain and an empty database. */
export async function openMarket(
  homes: readonly HomeSettings[],
  more: Partial<MarketOptions> | ((direct: Connections) => Promise<Partial<MarketOptions>>) = {},
): Promise<Story> {
  const lifecycle = new Lifecycle();
  const dir = mkdtempSync(join(tmpdir(), 'hearth-story-'));
  lifecycle.add('directory', { stop: async () => rmSync(dir, { recursive: true, force: true }) });
  try {
    const postgres = await lifecycle.start('Postgres', startPostgres());
    const database = await postgres.createDatabase('story');
    const chain = await lifecycle.start('chain', startChain({ intervalMs: 500 }));
    const direct = { dir, chain, databaseUrl: database.url };
    const changes = typeof more === 'function' ? await more({ ...direct, lifecycle }) : more;
    const market = await lifecycle.start('market', startMarket({ ...direct, homes, ...changes }));
    return { ...market, dir, databaseUrl: database.url, stop: () => lifecycle.stop() };
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

/** A buyer with money in escrow and an open order. */
export async function openSession(client: Client, maxSpendMicroUsd = 5_000_000n): Promise<Session> {
  await ensureApiKey(client);
  await client.chain.deposit(maxSpendMicroUsd);
  return (await openOrder(client, { maxSpendMicroUsd })).session;
}

export const MODEL = 'ember-2m-q8_0';

/** A deterministic request: temperature 0, a seed, a bound. */
export const ask = (prompt: string, maxTokens = 64) => ({
  model: MODEL,
  messages: [{ role: 'user', content: prompt }],
  max_tokens: maxTokens,
  temperature: 0,
  seed: 7,
});

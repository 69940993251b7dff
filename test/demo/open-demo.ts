import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startChain } from '../environment/chain.ts';
import { Lifecycle } from '../environment/lifecycle.ts';
import { startPostgres } from '../environment/postgres.ts';
import { openStateDir } from '../environment/state-dir.ts';
import { ember } from '../market/catalogue.ts';
import { type Market, startMarket } from '../market/market.ts';
import type { Account } from './account.ts';
import { writeBuyerFiles } from './buyer-files.ts';
import { startSites } from './sites.ts';

export interface Demo {
  readonly dir: string;
  start(): Promise<Market>;
  /** Adds something that has to stop before the market does. */
  stopFirst(name: string, part: { stop(): Promise<void> }): void;
  stop(): Promise<void>;
}

const homes = [
  { name: 'a', multiplierPpm: 1_000_000, slots: 2, region: 'DE' },
  { name: 'b', multiplierPpm: 900_000, slots: 1, region: 'FR' },
] as const;

/**
 * The demonstration market, kept under one directory; a predecessor that was killed is cleaned up first.
 * @param daySpeed the homes stand on simulated sites, where a day passes so much faster; undefined: without a site
 */
export function openDemo(path: string, account: Account, daySpeed: number | undefined): Demo {
  const dir = resolve(path);
  const lifecycle = new Lifecycle();
  return {
    dir,
    stopFirst: (name, part) => lifecycle.add(name, part),
    stop: () => lifecycle.stop(),
    start: async () => {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      const stateDir = await openStateDir(dir);
      lifecycle.add('state directory', { stop: () => stateDir.close() });
      for (const name of stateDir.endedLeftovers)
        account.say(`ended what a killed predecessor left running: ${name}`);
      const starting = daySpeed === undefined ? undefined : startSites(dir, daySpeed, stateDir, account);
      starting?.catch(() => {}); // it is heard below, unless something else fails first
      const postgres = await lifecycle.start('Postgres', startPostgres({ dataDir: join(dir, 'postgres') }));
      const database = await postgres.openDatabase('hearth');
      account.step('postgres', new URL(database.url).host);
      const chain = await lifecycle.start('chain', startChain({ isolated: true, intervalMs: 1000 }));
      if (chain.pid !== undefined) await stateDir.track('chain', chain.pid);
      account.step('chain', `${chain.rpcUrl}, id ${chain.chainId}, a block a second`);
      const sites = starting && (await lifecycle.start('sites', starting));
      if (sites)
        account.step('sites', `home a has sun and a battery, home b a dynamic tariff; ${sites.pace}`);
      const market = await lifecycle.start(
        'market',
        startMarket({
          dir: join(dir, 'market'),
          chain,
          databaseUrl: database.url,
          homes: homes.map((home) => ({ ...home, ...sites?.settingsOf(home.name, home.slots) })),
          model: { ...ember, contextTokens: 1024 }, // room for what an engine writes around the definition of a tool
          stateDir,
          onEvent: (home, event) => {
            sites?.heard(home, event);
            tell(account, home, event);
          },
        }),
      );
      writeBuyerFiles(dir, market);
      account.step('market', `gateway ${market.gatewayUrl}, ${market.homes.length} homes selling`);
      return market;
    },
  };
}

const toldStates = new Set(['dashboard', 'registered', 'ready', 'gas_key_empty', 'registration-failed']);

function tell(account: Account, home: string, event: Record<string, unknown>): void {
  if (toldStates.has(String(event['state']))) account.step(`home ${home}`, String(event['message']));
}

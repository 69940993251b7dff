import { z } from 'zod';
import type { StateDir } from '../environment/state-dir.ts';
import type { HomeSettings } from '../market/home.ts';
import { solarHome, tariffHome } from '../site/energy-sections.ts';
import { PlugTeller, startSite } from '../site/start-site.ts';
import type { Account } from './account.ts';

export interface Sites {
  /** In words. */
  readonly pace: string;
  /** What a home writes into its file about its site. */
  settingsOf(home: string, slots: number): Pick<HomeSettings, 'energy'>;
  /** Hears what the homes do, because the plugs draw power for it. */
  heard(home: string, event: Record<string, unknown>): void;
  stop(): Promise<void>;
}

/** The sun is about to rise. */
const START_HOUR = 6;
const SEED = 4;

const hour = z.object({
  time: z.string(),
  pvW: z.number(),
  socPercent: z.number(),
  gridW: z.number(),
  importPerKwh: z.number(),
});

/** Home `a` on a site with panels and battery, home `b` on one with a dynamic tariff; tells each simulated hour. */
export async function startSites(
  dir: string,
  speed: number,
  stateDir: StateDir,
  account: Account,
): Promise<Sites> {
  const { process, addresses } = await startSite(
    'sites',
    {
      ...{ speed, seed: SEED, startedAtMs: Date.now(), startHour: START_HOUR },
      ...{ broker: {}, solarHouse: {}, tariffHouse: {} },
    },
    { logDir: dir, stateDir, onLine: (line) => tell(account, line) },
  );
  const tellers = { a: new PlugTeller(addresses.solarPlug), b: new PlugTeller(addresses.tariffPlug) };
  return {
    pace: `a day passes in ${duration(86_400 / speed)}, and it is ${START_HOUR}:00`,
    settingsOf: (home, slots) => ({
      energy: home === 'a' ? solarHome(addresses, slots) : tariffHome(addresses, slots),
    }),
    heard: (home, event) => tellers[home === 'a' ? 'a' : 'b'].heard(event),
    stop: () => process.stop(),
  };
}

function tell(account: Account, line: Record<string, unknown>): void {
  const told = hour.safeParse(line);
  if (!told.success) return;
  const { time, pvW, socPercent, gridW, importPerKwh } = told.data;
  const flow = gridW < 0 ? `exports ${watts(-gridW)}` : `imports ${watts(gridW)}`;
  account.step(
    `it is ${time}`,
    `home a: sun ${watts(pvW)}, battery ${Math.round(socPercent)} %, ${flow}; home b: ${importPerKwh.toFixed(3)} EUR a kWh`,
  );
}

const watts = (value: number) => `${Math.round(value)} W`;
const duration = (seconds: number) =>
  seconds < 120 ? `${Math.round(seconds)} seconds` : `${Math.round(seconds / 60)} minutes`;

import type { Lifecycle } from '../../environment/lifecycle.ts';
import type { Home } from '../../market/home.ts';
import type { SiteAddresses, SiteParts } from '../../site/site-parts.ts';
import { type SiteProcess, startSite } from '../../site/start-site.ts';

/** What a home depends on, each a process of its own. */
export interface Part {
  readonly name: string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** As before, at the same place. */
  restart(): Promise<void>;
}

/** What to start after a kill: the same, on the ports that it had. */
export type Again = (addresses: SiteAddresses) => Partial<SiteParts>;
export type HomePart = 'broker' | 'inverter' | 'network' | 'chain';

/** Real time at a bright hour. */
const atNoon = { speed: 1, startedAtMs: Date.now(), startHour: 11, seed: 4 };

/** One part of the simulated site, which may be killed. */
export class SitePart implements Part {
  readonly name: HomePart;
  readonly #logDir: string;
  readonly #again: Again;
  #running: SiteProcess;

  private constructor(name: HomePart, logDir: string, again: Again, running: SiteProcess) {
    this.name = name;
    this.#logDir = logDir;
    this.#again = again;
    this.#running = running;
  }

  static async start(
    lifecycle: Lifecycle,
    name: HomePart,
    logDir: string,
    first: Partial<SiteParts>,
    again: Again,
  ): Promise<SitePart> {
    const running = await startSite(name, { ...atNoon, ...first }, { logDir });
    const part = new SitePart(name, logDir, again, running);
    lifecycle.add(name, { stop: () => part.#running.process.stop() });
    return part;
  }

  get addresses(): SiteAddresses {
    return this.#running.addresses;
  }

  async kill(): Promise<void> {
    this.#running.process.kill('SIGKILL');
    await this.#running.process.exited;
  }

  async restart(): Promise<void> {
    const parts = { ...atNoon, ...this.#again(this.addresses) };
    this.#running = await startSite(this.name, parts, { logDir: this.#logDir });
  }
}

/** The house itself: its meters speak to the broker, and it is not killed. */
export async function startHouse(
  lifecycle: Lifecycle,
  logDir: string,
  brokerUrl: string,
): Promise<SiteAddresses> {
  const parts = { ...atNoon, solarHouse: { brokerUrl } };
  const { process, addresses } = await startSite('house', parts, { logDir });
  lifecycle.add('house', process);
  return addresses;
}

/** The two processes of a home's agent. */
export function agentParts(home: Home): Part[] {
  return [
    {
      name: 'host',
      kill: async () => {
        home.host.kill('SIGKILL');
        await home.host.exited;
      },
      restart: () => home.restartHost(),
    },
    {
      name: 'enclave',
      kill: async () => {
        home.enclave.kill('SIGKILL');
        await home.enclave.exited;
      },
      restart: () => home.restartEnclave(),
    },
  ];
}

import { join } from 'node:path';
import type { StateDir } from '../environment/state-dir.ts';
import { type ManagedProcess, startProcess } from '../market/managed-process.ts';
import { repositoryRoot } from '../market/paths.ts';
import { type SiteAddresses, type SiteParts, siteAddresses } from './site-parts.ts';

export type SiteProcess = { readonly process: ManagedProcess; readonly addresses: SiteAddresses };

export type SiteContext = {
  readonly logDir: string;
  readonly stateDir?: StateDir;
  readonly onLine?: (line: Record<string, unknown>) => void;
};

/** One process of a simulated site, once it serves. */
export async function startSite(name: string, parts: SiteParts, context: SiteContext): Promise<SiteProcess> {
  const process = await startProcess({
    name,
    args: [join(repositoryRoot, 'test/dist/site/main.js'), JSON.stringify(parts)],
    ...context,
  });
  const addresses = siteAddresses.parse(await process.until('ready', ({ ready }) => ready === true));
  return { process, addresses };
}

/** Hears what a home's host says, and tells its plug how many jobs draw power. One that is not heard now hears of the next job. */
export class PlugTeller {
  readonly #plug: string | undefined;
  readonly #running = new Set<unknown>();

  constructor(plug: string | undefined) {
    this.#plug = plug;
  }

  heard({ state, leaseId }: Record<string, unknown>): void {
    if (state === 'job-started') this.#running.add(leaseId);
    else if (state === 'job-ended' || state === 'job-refused') this.#running.delete(leaseId);
    else if (state === 'starting' || state === 'enclave-lost') this.#running.clear();
    else return;
    void this.tell();
  }

  async tell(jobs = this.#running.size): Promise<void> {
    if (this.#plug)
      await fetch(`http://${this.#plug}/jobs`, { method: 'PUT', body: String(jobs) }).catch(() => {});
  }
}

import type { Hex } from '@hearth/attestation/receipt';
import type { Ask } from '@hearth/sdk/protocol';
import type { Report } from '../host-events.ts';
import type { JobRelay } from '../jobs/job-relay.ts';
import { DirectDesk, type DirectDeskContext } from './direct-desk.ts';
import { DirectJobs } from './direct-jobs.ts';
import { type DirectAddress, DirectServer } from './direct-server.ts';

export type Direct = {
  readonly relay: JobRelay;
  find(askId: Hex): Ask | undefined;
  listen(): Promise<void>;
  close(): Promise<void>;
};

/** The node's own door: `direct` of home.yaml. */
export function openDirect(
  { url, ...address }: DirectAddress & { readonly url: string },
  context: DirectDeskContext & {
    relayOver(sendFrame: (frame: Uint8Array) => void): JobRelay;
    readonly report: Report;
  },
): Direct {
  const desk = new DirectDesk(context);
  const jobs = new DirectJobs((sendFrame) => context.relayOver(sendFrame));
  const server = new DirectServer(desk, jobs, () => context.clock.nowMs());
  return {
    relay: jobs.relay,
    find: (id) => desk.find(id),
    listen: async () => {
      await server.listen(address);
      context.report('direct', `listening on ${address.host}:${address.port}, as ${url}`, { url });
    },
    close: () => server.close(),
  };
}

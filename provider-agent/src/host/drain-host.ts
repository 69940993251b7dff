import type { AskDesk } from './asks/ask-desk.ts';
import type { Report } from './host-events.ts';
import type { JobRelay } from './jobs/job-relay.ts';
import type { ReceiptDelivery } from './journal/delivery.ts';
import type { GatewayLinks } from './link/gateway-links.ts';
import type { Timers } from './ports.ts';
import type { Pauses } from './slots/pauses.ts';
import type { SlotDesk } from './slots/slot-desk.ts';
import { within } from './waiting.ts';

/** Jobs that are cut off at the end of a stop have this long to bill what they made, and their receipts to be delivered. */
const LAST_RECEIPTS_MS = 3_000;

export type Draining = {
  readonly timers: Timers;
  readonly report: Report;
  readonly finishJobsWithinMs: number;
  readonly pauses: Pauses;
  readonly slots: SlotDesk;
  readonly asks: AskDesk;
  readonly relays: readonly JobRelay[];
  readonly links: GatewayLinks;
  readonly delivery: ReceiptDelivery;
  runningJobs(): number;
};

/** Declared to the market, so that it is no fault: jobs under way are finished, within bounds, and their receipts delivered. */
export async function drainHost(
  { timers, report, finishJobsWithinMs, pauses, slots, asks, relays, links, delivery, ...node }: Draining,
  now: AbortSignal,
): Promise<void> {
  const runningJobs = node.runningJobs();
  report(
    'stopping',
    runningJobs === 0
      ? 'nothing more is sold'
      : `nothing more is sold; ${runningJobs} running jobs have ${finishJobsWithinMs / 1000} s to finish (stop again to end at once)`,
    { runningJobs, finishJobsWithinMs },
  );
  pauses.set('draining', true);
  await within(timers, finishJobsWithinMs, slots.retire(), now);
  const cutOff = node.runningJobs();
  if (cutOff > 0) report('stopping', `${cutOff} jobs are cut off and billed up to here`, { cutOff });
  slots.serve(undefined);
  slots.abortAll('draining');
  for (const jobs of relays) jobs.abandonAll('the node stops');
  const idle = Promise.all(relays.map((jobs) => jobs.whenIdle()));
  const delivered = idle.then(() => (links.isLinked ? delivery.whenDelivered() : undefined));
  await within(timers, LAST_RECEIPTS_MS, delivered);
  slots.stop();
  asks.stop();
  delivery.stop();
}

import type { Session } from '@hearth/sdk';
import { z } from 'zod';
import { until } from '../../e2e/until.ts';
import type { Home } from '../../market/home.ts';
import { prompts, watchAnswer } from '../answers.ts';

/** Longer than anybody would call it back. */
const PATIENCE_MS = 60_000;
const meters = ['gridW', 'pvW', 'batteryW', 'socPercent', 'loadW', 'nodeW'] as const;

/** What the owner's page says, as far as it matters here. */
const view = z.object({
  declaredPause: z.string().nullable(),
  state: z.object({
    enclave: z.object({ phase: z.string() }),
    ask: z.object({ phase: z.string() }),
    links: z.record(z.string(), z.object({ phase: z.string() })),
  }),
  energy: z.object({
    state: z.string(),
    reason: z.object({ code: z.string() }),
    signals: z.record(z.string(), z.object({ quality: z.string() })),
  }),
  money: z.object({
    earnedPicoUsd: z.coerce.bigint(),
    pendingPicoUsd: z.coerce.bigint(),
    paidPicoUsd: z.coerce.bigint(),
    lostPicoUsd: z.coerce.bigint(),
  }),
});
export type OwnersView = z.output<typeof view>;

export async function viewOf(home: Home): Promise<OwnersView> {
  const response = await fetch(new URL('/api/view', await home.dashboardUrl()));
  return view.parse(await response.json());
}

/** Resolves once every part is there and every meter is believed, and a buyer's job went to this home. */
export async function untilWhole(home: Home, session: Session): Promise<void> {
  const look = () => viewOf(home).then(faultOf, (error: unknown) => String(error));
  await until(`home ${home.settings.name} is whole`, look, (fault) => fault === undefined, PATIENCE_MS);
  const serve = async () => {
    session.leases.clear(); // asks the market anew, not the home that served it while this one was away
    return (await watchAnswer(session, prompts[0], undefined, 1)).firstProvider;
  };
  await until(`home ${home.settings.name} serves`, serve, (who) => who === home.provider, PATIENCE_MS);
}

function faultOf({ declaredPause, state, energy }: OwnersView): string | undefined {
  const linked = Object.values(state.links).some(({ phase }) => phase === 'linked');
  if (!linked) return 'no link';
  if (state.enclave.phase !== 'running') return `enclave ${state.enclave.phase}`;
  if (state.ask.phase !== 'standing') return `ask ${state.ask.phase}`;
  if (declaredPause !== null) return `paused: ${declaredPause}`;
  if (energy.state !== 'run') return `energy ${energy.state}: ${energy.reason.code}`;
  const silent = meters.find((meter) => energy.signals[meter]?.quality !== 'good');
  return silent && `${silent} is ${energy.signals[silent]?.quality ?? 'unknown'}`;
}

import type { Pause } from '../owner-pause.ts';
import type { GatewayLinkState, NodeState } from './node-state.ts';

export type HeadlineCode =
  | 'stopping'
  | 'paused'
  | 'enclave_starting'
  | 'enclave_loading'
  | 'model_warming'
  | 'enclave_lost'
  | 'consent_needed'
  | 'gas_needed'
  | 'registering'
  | 'registration_failed'
  | 'offline'
  | 'ask_refused'
  | 'asking'
  | 'closed'
  | 'working'
  | 'waiting';

/** The one sentence on top of the page: what the node does, and when that changes by itself. */
export type Headline = {
  readonly code: HeadlineCode;
  readonly tone: 'good' | 'quiet' | 'wait' | 'act';
  readonly sinceMs: number;
  readonly nextChangeMs: number | null;
};

/** What stands in the way first, seen from the machine outwards to the market; else what it works on. */
export function headlineOf(
  state: NodeState,
  pause: Pause,
  declaredPause: { readonly reason: string; readonly sinceMs: number } | undefined,
): Headline {
  const { enclave, registration, links, ask } = state;
  const say = (
    code: HeadlineCode,
    tone: Headline['tone'],
    sinceMs: number,
    nextChangeMs: number | null = null,
  ): Headline => ({ code, tone, sinceMs, nextChangeMs });

  if (state.isStopping) return say('stopping', 'wait', state.sinceMs);
  if (pause.isPaused) return say('paused', 'quiet', pause.sinceMs, pause.untilMs);
  if (enclave.phase === 'lost') return say('enclave_lost', 'act', enclave.sinceMs);
  if (enclave.phase === 'loading') return say('enclave_loading', 'wait', enclave.sinceMs);
  if (enclave.phase !== 'running') return say('enclave_starting', 'wait', enclave.sinceMs);
  if (registration.phase === 'consent_needed') return say('consent_needed', 'act', registration.sinceMs);
  if (registration.phase === 'gas_needed') return say('gas_needed', 'act', registration.sinceMs);
  if (registration.phase === 'registering') return say('registering', 'wait', registration.sinceMs);
  if (registration.phase === 'failed') return say('registration_failed', 'act', registration.sinceMs);
  const outage = outageOf(Object.values(links));
  if (outage) return say('offline', 'act', outage.sinceMs, outage.nextTryMs ?? null);
  if (ask.phase === 'refused') return say('ask_refused', 'act', ask.sinceMs);
  if (ask.phase === 'none') return say('asking', 'wait', ask.sinceMs);
  if (enclave.warming) return say('model_warming', 'wait', enclave.warming.sinceMs);
  if (Object.keys(state.running).length > 0) return say('working', 'good', oldestJobMs(state));
  if (declaredPause) return say('closed', 'quiet', declaredPause.sinceMs);
  return say('waiting', 'good', ask.sinceMs);
}

/** The gateway that is tried next, when none is linked and all were lost. */
const outageOf = (links: readonly GatewayLinkState[]): GatewayLinkState | undefined =>
  links.every(({ phase }) => phase === 'lost')
    ? links.toSorted((a, b) => (a.nextTryMs ?? 0) - (b.nextTryMs ?? 0))[0]
    : undefined;

const oldestJobMs = ({ running }: NodeState) =>
  Math.min(...Object.values(running).map(({ sinceMs }) => sinceMs));

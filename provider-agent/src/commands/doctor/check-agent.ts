import { needsLogin } from '../../config/dashboard-config.ts';
import type { HomeConfig } from '../../config/home-config.ts';
import type { HeadlineCode } from '../../host/dashboard/headline.ts';
import type { WireView } from '../../host/dashboard/view.ts';
import { type Finding, fail, note, ok } from './finding.ts';

const TIMEOUT_MS = 3_000;

/** What to do about each state in which the running agent does not earn. */
const fixes: Partial<Record<HeadlineCode, string>> = {
  enclave_lost:
    'read the enclave’s last lines in the log of `hearth-agent run`; it is started again by itself',
  consent_needed: 'sign, with your wallet: hearth-agent enrol --data <data folder>',
  gas_needed: 'send a little ether to the gas key',
  registration_failed: 'the reason stands in the events; it is tried again by itself',
  offline: 'check your connection and `gateways` in home.yaml',
  ask_refused: 'the reason stands in the events: hearth-agent market says how the ask does',
};

/** What the running agent says of itself, over its own page. */
export async function checkAgent({ dashboard }: HomeConfig): Promise<Finding[]> {
  if (!dashboard?.port)
    return [
      note(
        'agent',
        'its page has no fixed port, so nobody can ask it from here',
        'dashboard: { port: 7420 } in home.yaml',
      ),
    ];
  if (needsLogin(dashboard))
    return [ok('agent', `its page asks for a login: ${dashboard.publicUrl} says how the agent is`)];
  try {
    const response = await fetch(`http://127.0.0.1:${dashboard.port}/api/view`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return describe((await response.json()) as WireView);
  } catch {
    return [note('agent', `not running (nothing answers on port ${dashboard.port})`, 'hearth-agent run')];
  }
}

function describe({ headline, chain, energy }: WireView): Finding[] {
  const state = headline.code.replaceAll('_', ' ');
  const fix = fixes[headline.code];
  return [
    fix ? fail('agent', state, fix) : ok('agent', state),
    ...(chain.problem === null
      ? []
      : [note('chain, as the agent sees it', chain.problem, 'check rpcUrl in home.yaml')]),
    ...Object.entries(energy?.signals ?? {}).map(([name, signal]) => describeSensor(name, signal)),
  ];
}

type Sensor = NonNullable<WireView['energy']>['signals'][`circuit/${string}`];

function describeSensor(name: string, sensor: Sensor): Finding {
  if (sensor?.quality === 'good') return ok(`sensor ${name}`, `${sensor.value} from ${sensor.source}`);
  return note(
    `sensor ${name}`,
    `${sensor?.quality ?? 'unknown'}: ${sensor?.cause ?? 'no value yet'}`,
    `look at ${sensor?.source ?? 'its source'}; until it is right, limits count it as unknown`,
  );
}

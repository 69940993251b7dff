import { setTimeout as delay } from 'node:timers/promises';
import { modes } from '../../../energy/policy/policy-types.ts';
import type { Signal } from '../../../energy/site/signals.ts';
import { askSources, type Found } from './ask-sources.ts';
import { checkSign } from './check-sign.ts';
import type { EnergyPlan, Secrets } from './energy-plan.ts';
import { type LiveSensors, listen } from './live-sensors.ts';
import { type AskText, askFor, numberBetween, oneOf, yesOrNo } from './person.ts';

export type EnergyAnswers = { readonly plan: EnergyPlan; readonly secrets: Secrets };

/** Long enough for a meter that speaks every few seconds. */
const HEARD_WITHIN_MS = 8_000;

/** The energy of this home, asked for and listened to; undefined: nothing is measured, the node works always. */
export async function askEnergy(
  ask: AskText,
  found: Found,
  slots: number,
  say: (line: string) => void,
): Promise<EnergyAnswers | undefined> {
  const chosen = await askSources(ask, found, say);
  if (!chosen) return undefined;
  say(`Listening for ${HEARD_WITHIN_MS / 1_000} seconds …`);
  const live = listen(chosen.sources, chosen.secrets, (line) => say(`  ${line}`));
  try {
    await delay(HEARD_WITHIN_MS);
    tellWhatIsHeard(live, say);
    const heard = new Set(live.now().flatMap(([signal, { value }]) => (value === undefined ? [] : [signal])));
    const sources = heard.has('gridW') ? await checkSign(ask, live, chosen.sources, say) : chosen.sources;
    return { plan: { sources, ...(await askRest(ask, heard, slots)) }, secrets: chosen.secrets };
  } finally {
    await live.stop();
  }
}

function tellWhatIsHeard(live: LiveSensors, say: (line: string) => void): void {
  const sensors = live.now();
  if (sensors.length === 0)
    say('Nothing is heard yet. It may come later; `hearth-agent doctor` says what is missing.');
  for (const [signal, { value, quality, cause }] of sensors)
    say(
      `  ${signal.padEnd(14)} ${value === undefined ? `${quality}: ${cause}` : Math.round(value * 10) / 10}`,
    );
}

async function askRest(
  ask: AskText,
  heard: ReadonlySet<Signal>,
  slots: number,
): Promise<Omit<EnergyPlan, 'sources'>> {
  const hasSolar = heard.has('pvW');
  const hasBattery = heard.has('batteryW') || heard.has('socPercent');
  const number = (text: string, suggestion: number, least: number, most: number) =>
    askFor(ask, text, String(suggestion), numberBetween(least, most));
  const plan = {
    ...{ timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone, slots, hasSolar, hasBattery },
    breakerAmps: await number(
      'Which breaker protects the circuit of this machine? In ampere; ask your electrician if you are not sure',
      16,
      1,
      200,
    ),
    // Without a meter on the circuit the node counts what it draws itself.
    measuredBy: 'node' as const,
    idleWatts: await number('What does this machine draw while it does nothing? In watts', 40, 0, 10_000),
    workWatts: await number('And at full work? In watts', 200, 1, 20_000),
    currency: await askFor(ask, 'In which currency is your electricity bill?', 'EUR', (text) =>
      /^[A-Z]{3}$/.test(text.toUpperCase()) ? text.toUpperCase() : new Error('expected a code such as EUR'),
    ),
    importPerKwh: await number('What does a kWh from the grid cost?', 0.3, -10, 10),
    exportPerKwh: hasSolar
      ? await number('And what do you get for a kWh that you feed in?', 0.08, -10, 10)
      : 0,
    mode: await askFor(
      ask,
      'When shall it work? off, solar (only on surplus), min+solar (always, more on surplus), cheap, or now (always)',
      hasSolar ? 'min+solar' : 'now',
      oneOf(...modes),
    ),
    reservePercent: hasBattery
      ? await number('Which charge of the battery is yours alone? In percent', 30, 0, 100)
      : undefined,
  };
  const isShadow = await askFor(
    ask,
    'A dry run first? Then the policy looks and decides and touches nothing, and the page shows what it would do.',
    'yes',
    yesOrNo,
  );
  return { ...plan, isShadow };
}

import type { SourceConfig } from '../../../energy/config/source-config.ts';
import { judgeSign } from '../../../energy/site/sign-wizard.ts';
import type { LiveSensors } from './live-sensors.ts';
import { type AskText, askFor, numberBetween } from './person.ts';

const READINGS = 10;

/** "Turn on the kettle": whether the grid meter counts import as plus. @returns the sources, turned round where it does not */
export async function checkSign(
  ask: AskText,
  live: LiveSensors,
  sources: readonly SourceConfig[],
  say: (line: string) => void,
): Promise<readonly SourceConfig[]> {
  const watts = await askFor(
    ask,
    'Plus and minus of the grid meter are the most common mistake. Is there a kettle or a heater at hand? Its watts; 0 leaves this out',
    '2000',
    numberBetween(0, 20_000),
  );
  if (watts === 0) return sources;
  say('Leave it off for a moment …');
  const before = await live.readings('gridW', READINGS);
  await ask({ text: 'Now switch it on, wait until it heats, and press Enter.', suggestion: '' }, undefined);
  const during = await live.readings('gridW', READINGS);
  const { finding, changeW } = judgeSign(before, during, watts);
  const seen = `the grid meter went ${changeW >= 0 ? 'up' : 'down'} by ${Math.round(Math.abs(changeW))}`;
  switch (finding) {
    case 'right':
      say(`Right: ${seen} W.`);
      return sources;
    case 'inverted':
      say(`Inverted: ${seen} W. It is turned round here.`);
      return sources.map(turnedRound);
    case 'kilowatts':
      say(`${seen}, as if it spoke of kilowatts: set the unit of that sensor to kW at its source.`);
      return sources;
    case 'unclear':
      say(
        `Not clear: ${seen} W while other things changed too. Nothing is turned round; the page keeps checking.`,
      );
      return sources;
  }
}

/** evcc has one frame for everybody: a wrong sign there is corrected in evcc. */
function turnedRound(source: SourceConfig): SourceConfig {
  if (source.type !== 'home-assistant') return source;
  const entities = Object.entries(source.entities).map(([id, mapping]) => [
    id,
    mapping.signal === 'gridW' ? { ...mapping, isInverted: !mapping.isInverted } : mapping,
  ]);
  return { ...source, entities: Object.fromEntries(entities) };
}

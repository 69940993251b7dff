import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../agent-error.ts';
import type { HomeConfig } from '../../config/home-config.ts';
import type { EnergyConfig } from '../../energy/config/energy-config.ts';
import { openCarbonFeed, openPriceFeed, openSolarFeed } from '../../energy/config/open-feeds.ts';
import { openSources, type SecretOf } from '../../energy/config/open-sources.ts';
import { loadSecrets } from '../../energy/config/secrets.ts';
import { SensorBoard } from '../../energy/site/sensor-board.ts';
import { lockOwner } from '../../host/data-dir-lock.ts';
import { dataFiles } from '../../host/data-files.ts';
import { systemClock, systemRandom, systemTimers } from '../../host/ports.ts';
import { type Finding, fail, note, ok } from './finding.ts';

/** Most meters speak every few seconds. */
const LISTEN_MS = 6_000;
const ports = { clock: systemClock, timers: systemTimers, random: systemRandom };

/** Every source and feed of `energy` is asked, as the agent would ask it. Nothing is switched. */
export async function checkEnergy({
  energy,
  dataDir,
}: Pick<HomeConfig, 'energy' | 'dataDir'>): Promise<Finding[]> {
  if (!energy)
    return [
      note(
        'energy',
        'home.yaml has no energy section: nothing is measured, and the node runs whenever there is work',
        'add one: `hearth-agent init` in another folder writes it after a few questions; docs/energy.md explains it',
      ),
    ];
  try {
    const secretOf = await loadSecrets(energy.secretsFile);
    if ((await lockOwner(dataFiles(dataDir).lock)) !== undefined)
      return [...isInForce(energy), ok('energy sources', 'the running agent listens to them')]; // some take one listener only
    return [...isInForce(energy), ...(await listenToAll(energy, secretOf))];
  } catch (error) {
    // A secret that is missing, or a file that others may read: the agent refuses to start with it.
    return [fail('energy', messageOf(error), 'correct the secrets file, or energy.sources, in home.yaml')];
  }
}

function isInForce({ isShadow, sources }: EnergyConfig): Finding[] {
  return [
    isShadow
      ? note(
          'energy policy',
          'a dry run: it looks and decides, and leaves the node alone',
          'energy.isShadow: false in home.yaml, once the page convinces you',
        )
      : ok('energy policy', 'in force'),
    ...(sources.length === 0
      ? [
          note(
            'energy sources',
            'none: the policy knows the tariff and the clock, and no meter',
            'add energy.sources in home.yaml: docs/energy.md',
          ),
        ]
      : []),
  ];
}

async function listenToAll(energy: EnergyConfig, secretOf: SecretOf): Promise<Finding[]> {
  const { meters, vens, signedMeters } = openSources(energy.sources, secretOf, ports, (path) =>
    readFileSync(path, 'utf8'),
  );
  const end = new AbortController();
  const board = new SensorBoard();
  const heard = <T>(name: string, run: (log: SourceLog) => T) => {
    const log: SourceLog = { name, troubles: [], signs: new Set() };
    return { log, running: run(log) };
  };
  const listening = [
    ...meters.map(({ name, source }) =>
      heard(name, (log) =>
        source.run(
          {
            sample: (mapping, raw) => {
              board.accept(name, mapping, raw, systemClock.nowMs());
              log.signs.add(mapping.signal);
            },
            lost: (reason) => void log.troubles.push(reason),
            status: (text) => void log.troubles.push(text),
          },
          end.signal,
        ),
      ),
    ),
    ...vens.map((ven, index) =>
      heard(`openadr ${index + 1}`, (log) =>
        ven.run(
          {
            events: (events) => void log.signs.add(`${events.length} events`),
            prices: () => {},
            status: (text) => void log.troubles.push(text),
          },
          end.signal,
        ),
      ),
    ),
    ...signedMeters.map((meter, index) =>
      heard(`signed-meter ${index + 1}`, (log) =>
        meter.run(
          {
            reading: () => void log.signs.add('a signed reading'),
            status: (text) => void log.troubles.push(text),
          },
          end.signal,
        ),
      ),
    ),
  ];
  const feeds = checkFeeds(energy, secretOf);
  if (listening.length > 0) await delay(LISTEN_MS);
  const shown = (sign: string) => describeSign(board, sign);
  const findings = listening.map(({ log }) => describeSource(log, shown));
  end.abort();
  await Promise.all(listening.map(({ running }) => running));
  return [...findings, ...(await feeds)];
}

type SourceLog = { readonly name: string; readonly troubles: string[]; readonly signs: Set<string> };

function describeSource({ name, troubles, signs }: SourceLog, shown: (sign: string) => string): Finding {
  const thing = `source ${name}`;
  if (signs.size > 0) return ok(thing, `says ${[...signs].map(shown).join(', ')}`);
  const trouble = troubles.at(-1);
  if (trouble === undefined || trouble === 'connected')
    return fail(
      thing,
      `says nothing of what is mapped within ${LISTEN_MS / 1_000} s`,
      'check the names that it is mapped by (topics, entities), and that its device is on',
    );
  return fail(thing, trouble, 'check its address, its secret, and that this machine reaches it');
}

/** A reading with its value, or why it is not believed. */
function describeSign(board: SensorBoard, sign: string): string {
  const signal = board.signals.find((known) => known === sign);
  if (signal === undefined) return sign;
  const { value, cause } = board.assess(signal, systemClock.nowMs());
  return value === undefined ? `${sign} (not believed: ${cause})` : `${sign} ${Math.round(value)}`;
}

async function checkFeeds({ tariff, carbon, site }: EnergyConfig, secretOf: SecretOf): Promise<Finding[]> {
  const feeds = [
    tariff.feed && {
      thing: `tariff ${tariff.feed.type}`,
      feed: openPriceFeed(tariff.feed, tariff.importPerKwh, secretOf),
    },
    carbon.feed && { thing: `carbon ${carbon.feed.type}`, feed: openCarbonFeed(carbon.feed, secretOf) },
    site.solarForecast && {
      thing: `solar forecast ${site.solarForecast.type}`,
      feed: openSolarFeed(site.solarForecast),
    },
  ].filter((each) => each !== undefined);
  return Promise.all(
    feeds.map(async ({ thing, feed }) => {
      try {
        const slots = await feed.fetchSlots(systemClock.nowMs(), AbortSignal.timeout(LISTEN_MS));
        return ok(thing, `${slots.length} slots`);
      } catch (error) {
        return note(
          thing,
          messageOf(error),
          'check its settings; until it answers, the prices and habits of home.yaml hold',
        );
      }
    }),
  );
}

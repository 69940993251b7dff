import type { z } from 'zod';
import { Lifecycle, untilStopSignal } from '../environment/lifecycle.ts';
import { startBroker } from './broker.ts';
import { DayClock, timeOfDay } from './day-clock.ts';
import { Evcc } from './evcc.ts';
import { startInverter } from './inverter.ts';
import { newNodePlug } from './node-draw.ts';
import type { Plug } from './plug.ts';
import { startRelay } from './relay.ts';
import { type SiteAddresses, siteParts } from './site-parts.ts';
import { SolarHouse } from './solar-house.ts';
import { DayTariff } from './tariff.ts';

/** Meters speak about so often. */
const EVERY_MS = 1_000;
const HOUR_S = 3_600;

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** A simulated site, told by its one argument which parts of it to be (`site-parts.ts`); until SIGTERM. */
async function main(): Promise<void> {
  const wanted = siteParts.parse(JSON.parse(process.argv[2] ?? ''));
  const parts = new Lifecycle();
  const stopSignal = untilStopSignal();
  try {
    say({ ready: true, ...(await startParts(parts, wanted)) });
    await stopSignal;
  } finally {
    await parts.stop();
  }
}

async function startParts(
  parts: Lifecycle,
  { speed, startedAtMs, startHour, seed, ...wanted }: z.output<typeof siteParts>,
): Promise<Omit<SiteAddresses, 'ready'>> {
  const clock = new DayClock(speed, startedAtMs, startHour);
  const secondNow = () => clock.secondAt(Date.now());
  const broker = wanted.broker && (await parts.start('broker', startBroker(wanted.broker.port)));
  const inverter = wanted.inverter && (await startSun(parts, wanted.inverter.port, seed, secondNow));
  const relay = wanted.relay && (await parts.start('relay', startRelay(wanted.relay.port, wanted.relay.to)));
  const tariff = new DayTariff(clock, seed);
  const tariffServer =
    wanted.tariffHouse && (await parts.start('tariff', tariff.serve(wanted.tariffHouse.tariffPort)));
  const tariffPlug =
    wanted.tariffHouse && (await parts.start('plug', newNodePlug().serve(wanted.tariffHouse.plugPort)));
  let solarPlug: string | undefined;
  if (wanted.solarHouse) {
    const { plugPort, brokerUrl = broker?.url ?? '' } = wanted.solarHouse;
    const plug = newNodePlug();
    solarPlug = (await parts.start('plug', plug.serve(plugPort))).host;
    const evcc = await parts.start('evcc', Evcc.connect(brokerUrl));
    live(parts, new SolarHouse(seed, secondNow()), { plug, evcc, tariff, secondNow });
  }
  return {
    brokerUrl: broker?.url,
    inverterPort: inverter?.port,
    relayPort: relay?.port,
    solarPlug,
    tariffUrl: tariffServer?.url,
    tariffPlug: tariffPlug?.host,
  };
}

async function startSun(parts: Lifecycle, port: number, seed: number, secondNow: () => number) {
  const house = new SolarHouse(seed, secondNow());
  return parts.start(
    'inverter',
    startInverter(port, () => house.sunAt(secondNow())),
  );
}

type Surroundings = {
  readonly plug: Plug;
  readonly evcc: Evcc;
  readonly tariff: DayTariff;
  secondNow(): number;
};

/** Lets the house live, says what its meters show, and each simulated hour also to whoever started this. */
function live(parts: Lifecycle, house: SolarHouse, { plug, evcc, tariff, secondNow }: Surroundings): void {
  let hour = Math.floor(secondNow() / HOUR_S);
  const step = () => {
    const second = secondNow();
    const power = house.until(second, plug.watts);
    evcc.publish(power);
    if (Math.floor(second / HOUR_S) === hour) return;
    hour = Math.floor(second / HOUR_S);
    say({ time: timeOfDay(hour * HOUR_S), ...power, importPerKwh: tariff.perKwhAt(second) });
  };
  step();
  const timer = setInterval(step, EVERY_MS);
  parts.add('pace', { stop: async () => clearInterval(timer) });
}

await main();

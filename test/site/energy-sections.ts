import { IDLE_WATTS, operatingPoint } from './node-draw.ts';
import type { SiteAddresses } from './site-parts.ts';
import { SURCHARGE_PER_KWH } from './tariff.ts';

const EVERY_MS = 1_000;
const common = {
  timeZone: 'Europe/Berlin',
  site: { circuits: [{ id: 'main', breakerAmps: 63, measuredBy: 'grid' }] },
};
/** An ask is held for less than in a real home, as the day is shorter. */
const price = { holdSeconds: 15, feeShare: 0.02 };
const tariffMoney = { currency: 'EUR', usdPerUnit: 1.1 };

/**
 * `energy` of the home with panels and battery: evcc over MQTT, the node's plug over HTTP, and the inverter over Modbus where
 * there is one. On a day that passes faster there is none: meters that are read a second apart would not add up.
 */
export function solarHome({ brokerUrl, inverterPort, solarPlug }: SiteAddresses, slots: number): object {
  return {
    ...common,
    wishes: { mode: 'min+solar' },
    site: { ...common.site, hasSolar: true, hasBattery: true },
    node: node(slots),
    price,
    tariff: { ...tariffMoney, importPerKwh: 0.32, exportPerKwh: 0.08 },
    sources: [
      { type: 'mqtt', url: brokerUrl, evcc: { leave: inverterPort === undefined ? [] : ['pvW'] } },
      ...(inverterPort === undefined ? [] : [sunSpec(inverterPort)]),
      { type: 'shelly-plug', host: solarPlug, everyMs: EVERY_MS },
    ],
  };
}

/** `energy` of the home with a dynamic tariff: prices and the node's plug over HTTP. */
export function tariffHome({ tariffUrl, tariffPlug }: SiteAddresses, slots: number): object {
  return {
    ...common,
    site: { circuits: [{ id: 'node', breakerAmps: 16, measuredBy: 'node' }] },
    wishes: { mode: 'now' },
    node: node(slots),
    price,
    tariff: {
      ...tariffMoney,
      surchargePerKwh: SURCHARGE_PER_KWH,
      feed: { type: 'awattar', country: 'de', url: tariffUrl },
    },
    sources: [{ type: 'shelly-plug', host: tariffPlug, everyMs: EVERY_MS }],
  };
}

const sunSpec = (port: number) => ({
  type: 'sunspec',
  host: '127.0.0.1',
  port,
  inverterW: { signal: 'pvW' },
  everyMs: EVERY_MS,
});

/** Without its meters a home goes on at its smallest point. */
const node = (slots: number) => ({
  idleWatts: IDLE_WATTS,
  staticSafeWatts: 400,
  points: Array.from({ length: slots }, (_, index) => operatingPoint(index + 1)),
});

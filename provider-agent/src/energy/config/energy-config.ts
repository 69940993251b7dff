import { z } from 'zod';
import { modes } from '../policy/policy-types.ts';
import { feedConfig } from './feed-config.ts';
import { mailConfig } from './mail-config.ts';
import { sourceConfig } from './source-config.ts';

const watts = z.number().min(0).max(100_000);
const share = z.number().min(0).max(10);
const percent = z.number().min(0).max(100);
const perKwh = z.number().min(-100).max(100);
const timeZone = z.string().refine((zone) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}, 'expected a time zone such as Europe/Berlin');

/** `22:30` as minutes after midnight. */
const minute = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time such as 22:30')
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));
const weekdays = z.array(z.int().min(0).max(6)).min(1);

const circuit = z.strictObject({
  id: z.string().regex(/^[\w-]{1,32}$/, 'expected a short name of letters, digits, - and _'),
  breakerAmps: z.number().min(1).max(200),
  volts: z.number().min(90).max(400).default(230),
  /** A load of hours may use this part of a breaker. Limit as configured by you or your electrician. */
  continuousShare: z.number().min(0.1).max(1).default(0.8),
  measuredBy: z.enum(['node', 'grid', 'meter']),
});

const point = z.strictObject({
  slots: z.int().min(1).max(64),
  /** Of the whole node at full use. */
  watts: watts.min(1),
  /** Only with a GPU that may be capped. */
  gpuPowerCapWatts: watts.optional(),
  tokensPerSecond: z.number().positive(),
  inputTokensPerSecond: z.number().positive(),
  joulesPerOutputToken: z.number().min(0),
  joulesPerInputToken: z.number().min(0),
});

/** `energy:` in home.yaml. Watts, percent, minutes; money of the tariff in its currency, of the market in USD. */
export const energyConfig = z.strictObject({
  timeZone,
  /** Looks and decides, and touches nothing: "would have earned". */
  isShadow: z.boolean().default(false),
  /** File of secrets, mode 0600: `name: value` lines that sources refer to. */
  secretsFile: z.string().min(1).optional(),
  /** Everything that the sensors say is also written here, to be replayed. It grows by some megabytes a day. */
  traceFile: z.string().min(1).optional(),
  wishes: z
    .strictObject({
      mode: z.enum(modes).default('now'),
      capWatts: watts.optional(),
      reservePercent: percent.optional(),
      batteryFirstPercent: percent.optional(),
      quietHours: z
        .array(z.strictObject({ from: minute, to: minute, weekdays: weekdays.optional(), capWatts: watts }))
        .max(16)
        .default([]),
    })
    .prefault({}),
  site: z
    .strictObject({
      hasSolar: z.boolean().default(false),
      hasBattery: z.boolean().default(false),
      circuits: z.array(circuit).max(8).default([]),
      importCaps: z
        .array(z.strictObject({ subject: z.string().min(1).max(64), watts }))
        .max(8)
        .default([]),
      hasImportLimitSensor: z.boolean().default(false),
      /** What the roof will give, for plans and for the battery's turn. */
      solarForecast: feedConfig.solar.optional(),
    })
    .prefault({}),
  node: z.strictObject({
    idleWatts: watts,
    /** What the node does at each setting; `hearth-agent calibrate` measures them, and what it has measured goes before these. */
    points: z.array(point).max(32).default([]),
    /** Believed safe when a meter that guards a limit is not heard. */
    staticSafeWatts: watts.default(0),
    maxTemperatureC: z.number().min(30).max(120).optional(),
  }),
  battery: z
    .strictObject({
      /** For the forecast and its plans, which leave a battery of unknown size out. */
      capacityKwh: z.number().positive().max(1_000).optional(),
      /** What its inverter can at most; half of the capacity in an hour where nothing is said. */
      chargeWatts: watts.positive().optional(),
      dischargeWatts: watts.positive().optional(),
      /** The inverter takes nothing out below it. */
      floorPercent: percent.default(5),
      wearPerKwh: perKwh.default(0.08),
      chargedAtPerKwh: perKwh.default(0.1),
      efficiency: z.number().min(0.5).max(1).default(0.9),
    })
    .prefault({}),
  tariff: z
    .strictObject({
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/)
        .default('EUR'),
      /** One unit of it in USD. */
      usdPerUnit: z.number().positive().default(1),
      /** Where no feed and no zone says otherwise. */
      importPerKwh: perKwh.default(0.3),
      exportPerKwh: perKwh.default(0.08),
      /** On top of what the feed says: grid fees and taxes. */
      surchargePerKwh: perKwh.default(0),
      /** 1.19 where the feed is net. */
      taxFactor: z.number().min(1).max(2).default(1),
      zones: z
        .array(
          z.strictObject({
            from: minute.optional(),
            to: minute.optional(),
            weekdays: weekdays.optional(),
            months: z.array(z.int().min(1).max(12)).min(1).optional(),
            perKwh,
          }),
        )
        .max(64)
        .default([]),
      feed: feedConfig.price.optional(),
    })
    .prefault({}),
  carbon: z
    .strictObject({ perTonne: z.number().min(0).default(0), feed: feedConfig.carbon.optional() })
    .prefault({}),
  cheap: z
    .strictObject({ belowPerKwh: perKwh.optional(), belowGramsPerKwh: z.number().optional() })
    .prefault({}),
  price: z
    .strictObject({
      /** False: the ask of `ask.multiplierPpm` stands whatever energy costs. */
      followsEnergy: z.boolean().default(true),
      marginShare: share.default(0.2),
      feeShare: z.number().min(0).max(0.5).default(0.05),
      /** (price − resale) of the machine over its hours of life. */
      wearUsdPerHour: z.number().min(0).default(0),
      otherUsdPerMTok: z.number().min(0).default(0),
      floorMicroUsdPerMTok: z.int().min(1).default(1),
      /** An ask stands at least so long: buyers do not chase clouds. */
      holdSeconds: z.int().min(10).max(3_600).default(300),
    })
    .prefault({}),
  /** The market is told when this node expects to be for sale; that says something of when the sun shines on this home. */
  offersWindows: z.boolean().default(true),
  /** Shows the node in Home Assistant, over the broker that it listens to. */
  homeAssistantDiscovery: z
    .strictObject({
      url: z.string().regex(/^(mqtts?|wss?):\/\//, 'expected mqtt://… or mqtts://…'),
      username: z.string().optional(),
      passwordSecret: z.string().min(1).optional(),
      nodeId: z.string().regex(/^[a-z0-9]{1,32}$/, 'expected small letters and digits'),
    })
    .optional(),
  /** Where the owner hears of what needs attention, besides page and Home Assistant. */
  notify: z
    .strictObject({
      /** ntfy topic, or anything that takes a POST of text. */
      ntfy: z
        .strictObject({
          url: z.url({ protocol: /^https?$/ }),
          tokenSecret: z.string().min(1).optional(),
        })
        .optional(),
      /** A mail server: the home's own relay, or one elsewhere, by TLS and with a password. */
      mail: mailConfig.optional(),
    })
    .prefault({}),
  sources: z.array(sourceConfig).max(32).default([]),
});
export type EnergyConfig = z.output<typeof energyConfig>;

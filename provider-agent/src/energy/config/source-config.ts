import { z } from 'zod';
import { baseSignals, type Signal } from '../site/signals.ts';

const signal = z
  .string()
  .refine(
    (text): text is Signal =>
      baseSignals.some((known) => known === text) || /^circuit\/[\w-]{1,32}$/.test(text),
    `expected ${baseSignals.join(', ')} or circuit/<id>`,
  );

/** What a sensor measures. `unit` where the source does not say it; `isInverted` where it counts the other way round. */
const mapping = z.strictObject({
  signal: signal as z.ZodType<Signal>,
  unit: z.string().max(16).default('W'),
  isInverted: z.boolean().default(false),
});
const everyMs = z.int().min(1_000).max(600_000);
const secret = z.string().min(1).optional();
const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `expected ${protocols.join('//… or ')}//…`,
    );
const host = z.string().regex(/^[\w.:[\]-]+$/, 'expected a host name or an address');

export const sourceConfig = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('mqtt'),
    url: url('mqtt:', 'mqtts:', 'ws:', 'wss:'),
    username: z.string().optional(),
    passwordSecret: secret,
    /** PEM file of a broker that signs its own certificate. */
    certificateFile: z.string().optional(),
    /** Home Assistant statestream: topic → what it measures. */
    statestream: z.record(z.string(), mapping).optional(),
    evcc: z
      .strictObject({ prefix: z.string().default('evcc'), leave: z.array(z.enum(baseSignals)).default([]) })
      .optional(),
    shelly: z
      .array(z.strictObject({ prefix: z.string(), component: z.string(), field: z.string(), mapping }))
      .optional(),
    /**
     * A SPAN panel or another eBus enclosure. SPAN's licence of its local interface forbids commercial use: whether
     * this is one is yours to judge, so it is on only if you write it here.
     */
    ebus: z
      .strictObject({
        circuits: z.record(z.string(), z.string()).default({}),
        volts: z.number().min(90).max(400).default(240),
      })
      .optional(),
  }),
  z.strictObject({
    type: z.literal('home-assistant'),
    url: url('ws:', 'wss:'),
    tokenSecret: z.string().min(1),
    entities: z.record(z.string(), mapping),
  }),
  z.strictObject({
    type: z.literal('sunspec'),
    host,
    port: z.int().min(1).max(65_535).default(502),
    unit: z.int().min(0).max(247).default(1),
    inverterW: mapping.optional(),
    meterW: mapping.optional(),
    storagePercent: mapping.optional(),
    everyMs: everyMs.default(5_000),
  }),
  z.strictObject({ type: z.literal('shelly-plug'), host, everyMs: everyMs.default(5_000) }),
  z.strictObject({
    type: z.literal('rapl'),
    restWatts: z.number().min(0).max(5_000),
    everyMs: everyMs.default(5_000),
  }),
  z.strictObject({
    type: z.literal('nvidia'),
    restWatts: z.number().min(0).max(5_000),
    everyMs: everyMs.default(5_000),
  }),
  /** A meter that signs its readings (OCMF): they are attached to the records of each quarter of an hour. */
  z.strictObject({
    type: z.literal('signed-meter'),
    url: url('http:', 'https:'),
    /** As on its label: hex of a DER SubjectPublicKeyInfo, P-256. */
    publicKeyHex: z.string().regex(/^([0-9a-fA-F]{2})+$/, 'expected hex'),
    everyMs: everyMs.default(300_000),
  }),
  z.strictObject({
    type: z.literal('openadr'),
    url: url('https:', 'http:'),
    clientId: z.string().min(1),
    clientSecret: z.string().min(1),
    programName: z.string().optional(),
    pollMs: everyMs.default(30_000),
    /** What the home may import while the utility is not heard, or outside of its schedule. */
    subscriptionWatts: z.number().min(0).optional(),
  }),
]);
export type SourceConfig = z.output<typeof sourceConfig>;

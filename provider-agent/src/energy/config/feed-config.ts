import { z } from 'zod';

const secret = z.string().min(1);
const word = z.string().regex(/^[\w-]{1,64}$/, 'expected letters, digits, - and _');
/** Feeds of prices and carbon; `secret…` names an entry of the secrets file. */
export const feedConfig = {
  price: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('octopus'), product: word, region: word }),
    z.strictObject({ type: z.literal('tibber'), tokenSecret: secret, home: z.int().min(0).default(0) }),
    z.strictObject({
      type: z.literal('awattar'),
      country: z.enum(['at', 'de']),
      /** Of a copy or a cache of it at home. */
      url: z.url({ protocol: /^https?$/ }).optional(),
    }),
    z.strictObject({ type: z.literal('nord-pool'), area: word, currency: word }),
    z.strictObject({ type: z.literal('energy-charts'), zone: word }),
    z.strictObject({ type: z.literal('entso-e'), area: word, keySecret: secret }),
  ]),
  carbon: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('uk-carbon'), outcode: word }),
    z.strictObject({ type: z.literal('electricity-maps'), zone: word, tokenSecret: secret }),
    z.strictObject({ type: z.literal('watttime'), region: word, tokenSecret: secret }),
  ]),
  solar: z.strictObject({
    type: z.enum(['forecast-solar', 'open-meteo']),
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    /** 0 lies flat, 90 stands. */
    tilt: z.number().min(0).max(90),
    /** 0 looks south, −90 east, 90 west. */
    azimuth: z.number().min(-180).max(180),
    peakKw: z.number().positive().max(1_000),
  }),
};
export type SolarFeedConfig = z.output<typeof feedConfig.solar>;
export type PriceFeedConfig = z.output<typeof feedConfig.price>;
export type CarbonFeedConfig = z.output<typeof feedConfig.carbon>;

import { z } from 'zod';

const port = z.int().min(0).max(65_535).default(0);

/** What one site process is to be: all of it for the demonstration, a part where parts are to die alone. */
export const siteParts = z.strictObject({
  /** Simulated seconds per second. */
  speed: z.number().positive(),
  startedAtMs: z.int(),
  startHour: z.number().min(0).max(24),
  seed: z.int(),
  broker: z.strictObject({ port }).optional(),
  inverter: z.strictObject({ port }).optional(),
  /** Speaks to the broker of this process if no other one is named. */
  solarHouse: z.strictObject({ brokerUrl: z.string().optional(), plugPort: port }).optional(),
  /** Speaks for another address: the home's way out. */
  relay: z.strictObject({ port, to: z.strictObject({ host: z.string(), port: z.int() }) }).optional(),
  tariffHouse: z.strictObject({ tariffPort: port, plugPort: port }).optional(),
});
export type SiteParts = z.input<typeof siteParts>;

/** What it says once it serves. */
export const siteAddresses = z.object({
  ready: z.literal(true),
  brokerUrl: z.string().optional(),
  inverterPort: z.int().optional(),
  relayPort: z.int().optional(),
  solarPlug: z.string().optional(),
  tariffUrl: z.string().optional(),
  tariffPlug: z.string().optional(),
});
export type SiteAddresses = z.output<typeof siteAddresses>;

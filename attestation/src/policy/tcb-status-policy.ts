import * as z from 'zod';
import { anyOf } from './requirement.ts';

const refuse = z.literal('refuse');
const accept = z.literal('accept');
const advisoryIds = anyOf(z.string().max(64));
const tcbDateAgeSec = z.strictObject({ atMost: z.int().min(0) }).readonly();
const ignore = z.literal('ignore');

/** The matched level is out of date: for how long that is tolerated, or for which advisories; never for nothing. */
const grace = z
  .strictObject({
    /** Seconds since the `tcbDate` of the matched level. */
    tcbDateAgeSec: z.union([tcbDateAgeSec, ignore]),
    /** The whole list of advisories that may apply. */
    advisoryIds: z.union([advisoryIds, ignore]),
  })
  .refine((one) => one.tcbDateAgeSec !== 'ignore' || one.advisoryIds !== 'ignore', {
    message: 'a grace must name an age or advisories',
  })
  .readonly();

/** The platform must be configured otherwise: accepted only for the advisories that the relying party has weighed. */
const named = z.strictObject({ advisoryIds }).readonly();

const namedGrace = z
  .strictObject({ tcbDateAgeSec: z.union([tcbDateAgeSec, ignore]), advisoryIds })
  .readonly();

/**
 * What the merged TCB status may be, status by status. `Revoked` has no entry: it is refused before any policy is
 * asked. 'ignore' accepts all others.
 */
export const tcbStatusPolicySchema = z.union([
  z
    .strictObject({
      UpToDate: z.union([accept, refuse]),
      SWHardeningNeeded: z.union([accept, named, refuse]),
      ConfigurationNeeded: z.union([named, refuse]),
      ConfigurationAndSWHardeningNeeded: z.union([named, refuse]),
      OutOfDate: z.union([grace, refuse]),
      OutOfDateConfigurationNeeded: z.union([namedGrace, refuse]),
      /** The TDX module was updated under a running TD: restarting the TD makes it up to date. */
      TDRelaunchAdvised: z.union([accept, grace, refuse]),
      TDRelaunchAdvisedConfigurationNeeded: z.union([namedGrace, refuse]),
    })
    .readonly(),
  ignore,
]);

export type TcbStatusPolicy = z.infer<typeof tcbStatusPolicySchema>;

/** Current platforms only; `SWHardeningNeeded` says that the software inside, not the platform, must be hardened. */
export const strictTcbStatuses = {
  UpToDate: 'accept',
  SWHardeningNeeded: 'accept',
  ConfigurationNeeded: 'refuse',
  ConfigurationAndSWHardeningNeeded: 'refuse',
  OutOfDate: 'refuse',
  OutOfDateConfigurationNeeded: 'refuse',
  TDRelaunchAdvised: 'refuse',
  TDRelaunchAdvisedConfigurationNeeded: 'refuse',
} as const satisfies TcbStatusPolicy;

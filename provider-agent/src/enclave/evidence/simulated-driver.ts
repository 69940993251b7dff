import { evidenceHash, measurementHash, parseTdxQuote } from '@hearth/attestation';
import { createSimulatedPlatform } from '@hearth/attestation/simulated';
import { bytesToBase64, teeTypes, tiers } from '@hearth/sdk/protocol';
import type { Measurement } from '../../channel/message-schemas.ts';
import type { EnclaveClock } from '../keys/enclave-clock.ts';
import type { AttestedEvidence, TeeDriver } from './tee-driver.ts';

export type SimulatedDriverOptions = {
  /** Names the pretended machine; two homes need two seeds. */
  readonly seed: string;
  /** Machines of one model share their collateral on the chain; by default each is a model of its own. */
  readonly machineModel?: string;
  /** What the quote is to state, see measure-self.ts. */
  readonly measurement: Measurement;
  readonly clock: EnclaveClock;
};

/** A vendor has one collateral for all machines of a model, not one for each second. */
const HOUR_SEC = 3_600;

/** Byte-exact TDX evidence under the development root: the production verifier reads it and calls it simulated. */
export function simulatedDriver({
  seed,
  machineModel: model = seed,
  measurement,
  clock,
}: SimulatedDriverOptions): TeeDriver {
  return {
    teeType: teeTypes.tdx,
    tier: tiers.simulated,
    quote: async (reportData): Promise<AttestedEvidence> => {
      const nowUnixSec = clock.nowUnixSec();
      const atUnixSec = nowUnixSec - (nowUnixSec % HOUR_SEC);
      const platform = createSimulatedPlatform({ seed, model, atUnixSec });
      const { mrtd, rtmr0, rtmr1, rtmr2, rtmr3, mrConfigId, mrOwner } = prefixed(measurement);
      const quote = platform.quote({
        mrtd,
        rtmrs: [rtmr0, rtmr1, rtmr2, rtmr3],
        mrConfigId,
        mrOwner,
        reportData,
      });
      const parsed = parseTdxQuote(quote);
      return {
        evidence: {
          teeType: teeTypes.tdx,
          quote: bytesToBase64(quote),
          collateral: platform.collateral(),
          gpu: null,
        },
        measurement,
        measurementHash: measurementHash(parsed.report),
        evidenceHash: evidenceHash(parsed),
        platformId: platform.platformId,
      };
    },
  };
}

function prefixed(measurement: Measurement): Record<keyof Measurement, `0x${string}`> {
  return Object.fromEntries(Object.entries(measurement).map(([name, hex]) => [name, `0x${hex}`])) as Record<
    keyof Measurement,
    `0x${string}`
  >;
}

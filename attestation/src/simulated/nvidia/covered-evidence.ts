import type { NvidiaEvidence } from '../../nvidia/verify.ts';
import type { CertificateSpec } from '../certificate-writer.ts';
import { type CrlSpec, writeCrl } from '../crl-writer.ts';
import { createRimAuthorities, type RimAuthorityAdjustments } from '../nvidia-rim/rim-authorities.ts';
import { type MeasurementSpec, type RimSpec, writeRim } from '../nvidia-rim/rim-writer.ts';
import { answerOcsp, type OcspAdjustments } from '../ocsp/sample-ocsp.ts';
import type { Adjust } from '../vendor.ts';
import { applied } from '../vendor.ts';
import {
  createSimulatedDevice,
  type SimulatedDeviceOptions,
  simulatedMeasurements,
  simulatedVersions,
} from './device.ts';
import type { SimulatedChip } from './device-vendor.ts';
import type { ReportSpec } from './report-writer.ts';
import { nvidiaSampleAtUnixSec, sampleNvidiaEvidence } from './sample-evidence.ts';

const at = nvidiaSampleAtUnixSec;

/** Below the driver's golden values, the VBIOS's; above, blocks that nobody lists. All from 0. */
const driverRange = { from: 20, to: 39 };
const vbiosRange = { from: 0, to: 19 };

/** Changes that a fault test makes on the way, each before the signature that covers it. */
export type CoverageAdjustments = {
  readonly device?: Partial<SimulatedDeviceOptions>;
  readonly report?: (report: ReportSpec) => ReportSpec;
  readonly driverRim?: Adjust<RimSpec>;
  readonly vbiosRim?: Adjust<RimSpec>;
  readonly rimAuthorities?: RimAuthorityAdjustments;
  readonly ocsp?: Partial<Record<'brom' | 'provisioner' | 'identity', OcspAdjustments>>;
};

/** Valid evidence with everything that can be known about it: both manifests and three revocation answers. */
export function coveredNvidiaEvidence(adjust: CoverageAdjustments = {}): NvidiaEvidence {
  const options = { chip: 'GH100', seed: 'sample', ...adjust.device } as const;
  const { specs } = createSimulatedDevice(options);
  const authorities = createRimAuthorities(undefined, adjust.rimAuthorities);
  const write = (spec: RimSpec): Uint8Array => writeRim(spec, authorities.signerKey, authorities.chain);
  const answer = (role: 'brom' | 'provisioner' | 'identity'): { der: Uint8Array } => ({
    der: answerOcsp({ certificate: specs[role], atUnixSec: at, adjust: adjust.ocsp?.[role] ?? {} }),
  });
  return {
    ...sampleNvidiaEvidence(options, adjust.report),
    revocation: { ocsp: [answer('identity'), answer('provisioner'), answer('brom')], crls: [] },
    rims: {
      driver:
        options.chip === 'LS_10' ? undefined : write(applied(adjust.driverRim, driverRimSpec(options.chip))),
      vbios: write(applied(adjust.vbiosRim, vbiosRimSpec(options.chip))),
      trustAnchors: [authorities.trustAnchor],
    },
  };
}

/** A list by the issuer of `certificate`, as NVIDIA publishes them for its CAs. */
export function crlAbout(certificate: CertificateSpec, adjust: Adjust<CrlSpec> = (spec) => spec): Uint8Array {
  return writeCrl(
    adjust({
      issuerCommonName: certificate.issuerCommonName,
      issuerKey: certificate.issuerKey,
      thisUpdateUnixSec: at - 3_600,
      nextUpdateUnixSec: at + 7 * 86_400,
      revokedSerials: [],
    }),
  );
}

function driverRimSpec(chip: SimulatedChip): RimSpec {
  return rimSpec(chip, 'driver', simulatedVersions.driver, driverRange);
}

function vbiosRimSpec(chip: SimulatedChip): RimSpec {
  return rimSpec(chip, 'vbios', simulatedVersions.vbios[chip], vbiosRange);
}

function rimSpec(
  chip: SimulatedChip,
  role: string,
  version: string,
  active: { readonly from: number; readonly to: number },
): RimSpec {
  return {
    id: `hearth-simulated-${role}-${chip}`,
    version,
    product: chip.replace('_', ''),
    edition: chip === 'LS_10' ? 'SWITCH' : 'GPU',
    revision: 'r1',
    measurements: simulatedMeasurements(chip).map(({ index: block, value }): MeasurementSpec => {
      const index = block - 1;
      const isActive = index >= active.from && index <= active.to;
      const golden = Buffer.from(value).toString('hex');
      const other = 'ab'.repeat(48);
      // Every other one has an alternative, so that the right value is not always the first.
      return { index, active: isActive, values: index % 2 === 0 ? [golden] : [other, golden] };
    }),
  };
}

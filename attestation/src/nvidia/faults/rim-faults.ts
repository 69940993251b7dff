import { coveredNvidiaEvidence } from '../../simulated/nvidia/covered-evidence.ts';
import { simulatedMeasurements } from '../../simulated/nvidia/device.ts';
import type { MeasurementSpec, RimSpec } from '../../simulated/nvidia-rim/rim-writer.ts';
import { type DeviceFault, pastUnixSec } from './faulty-device.ts';

/** The manifests' fit to the device; each manifest's own checks are broken where those are tested. */
export const rimFaults: readonly DeviceFault[] = [
  ['driver-rim.format', 'the driver RIM is no XML', () => mapRims({ driver: Uint8Array.of(0x3c) })],
  ['driver-rim.root', 'no root for manifests is given', () => mapRims({ trustAnchors: [] })],
  [
    'vbios-rim.validity',
    'the manifests’ signer has expired',
    () => {
      const evidence = coveredNvidiaEvidence({
        rimAuthorities: { signer: (signer) => ({ ...signer, notAfterUnixSec: pastUnixSec }) },
      });
      return { ...evidence, rims: { ...evidence.rims, driver: undefined } };
    },
  ],
  ['driver-rim.version', 'the driver RIM is of another version', () => withDriver({ version: '550.90.07' })],
  [
    'vbios-rim.version',
    'the VBIOS RIM is of another version',
    () => withVbios({ version: '96.00.AF.00.02' }),
  ],
  ['vbios-rim.version', 'the manifests are swapped', () => swapped()],
  ['driver-rim.product', 'the driver RIM is for another chip', () => withDriver({ product: 'GB100' })],
  ['vbios-rim.product', 'the VBIOS RIM is for another chip', () => withVbios({ product: 'GB100' })],
  ['vbios-rim.product', 'the VBIOS RIM is for a switch', () => withVbios({ edition: 'SWITCH' })],
  ['rim.overlap', 'both manifests claim a measurement', () => mapDriverMeasurement(0, { active: true })],
  [
    'rim.measurements',
    'a measurement is another',
    () => mapDriverMeasurement(25, { values: ['cd'.repeat(48)] }),
  ],
  ['rim.measurements', 'the device leaves a measured block out', () => withoutBlock(26)],
  ['rim.measurements', 'no golden value is active', () => inactive()],
];

type Rims = ReturnType<typeof coveredNvidiaEvidence>['rims'];

function mapRims(change: Partial<Rims>) {
  const evidence = coveredNvidiaEvidence();
  return { ...evidence, rims: { ...evidence.rims, ...change } };
}

function withDriver(change: Partial<RimSpec>) {
  return coveredNvidiaEvidence({ driverRim: (spec) => ({ ...spec, ...change }) });
}

function withVbios(change: Partial<RimSpec>) {
  return coveredNvidiaEvidence({ vbiosRim: (spec) => ({ ...spec, ...change }) });
}

/** Only the VBIOS part is given, and it is the driver's manifest. */
function swapped() {
  return mapRims({ driver: undefined, vbios: coveredNvidiaEvidence().rims.driver });
}

function mapDriverMeasurement(index: number, change: Partial<MeasurementSpec>) {
  return coveredNvidiaEvidence({
    driverRim: (spec) => ({
      ...spec,
      measurements: spec.measurements.map((one) => (one.index === index ? { ...one, ...change } : one)),
    }),
  });
}

function withoutBlock(block: number) {
  const measurements = simulatedMeasurements('GH100').filter(({ index }) => index !== block);
  return coveredNvidiaEvidence({ report: (report) => ({ ...report, measurements }) });
}

function inactive() {
  const none = (spec: RimSpec): RimSpec => ({
    ...spec,
    measurements: spec.measurements.map((one) => ({ ...one, active: false })),
  });
  return coveredNvidiaEvidence({ driverRim: none, vbiosRim: none });
}

import { element, objectId, octetString, sequence } from '../../simulated/der-writer.ts';
import { createSimulatedDevice } from '../../simulated/nvidia/device.ts';
import { sampleNvidiaEvidence } from '../../simulated/nvidia/sample-evidence.ts';
import { opaqueType } from '../layout.ts';
import type { NvidiaEvidence } from '../verify.ts';
import {
  at,
  type DeviceFault,
  flipEvidence,
  mapEvidence,
  reported,
  strangerKey,
  withOpaque,
} from './faulty-device.ts';

const nothing = new Uint8Array();

/** The report: layout, signature, nonce and firmware id. */
export const reportFaults: readonly DeviceFault[] = [
  ['report.format', 'the report is empty', () => mapEvidence(() => nothing)],
  ['report.format', 'the report is cut', () => mapEvidence((bytes) => bytes.slice(0, 3000))],
  ['report.format', 'a byte follows', () => mapEvidence((bytes) => Uint8Array.of(...bytes, 0))],
  ['report.format', 'the report is larger than any', () => mapEvidence(() => new Uint8Array(16 * 1024 + 1))],
  ['report.format', 'the request is another', () => flipEvidence(1, 1)],
  ['report.format', 'the response is another', () => flipEvidence(38, 1)],
  ['report.format', 'a block is counted that is not there', () => flipEvidence(at.blockCount, 0x80)],
  ['report.format', 'the record length is another', () => flipEvidence(at.blockCount + 1, 1)],
  ['report.format', 'a measurement specification is unknown', () => flipEvidence(at.firstBlock + 1, 2)],
  ['report.format', 'a measurement is raw bytes', () => flipEvidence(at.firstBlock + 4, 0x80)],
  ['report.format', 'a measurement is of another size', () => reported(shortMeasurement)],
  [
    'report.format',
    'a measurement comes twice',
    () => reported((report) => ({ ...report, measurements: report.measurements.slice(0, 1).flatMap(twice) })),
  ],
  [
    'report.format',
    'a field comes twice',
    () => reported((report) => ({ ...report, opaque: report.opaque.flatMap(twice) })),
  ],
  [
    'report.format',
    'the VBIOS version is text',
    () => withOpaque(opaqueType.vbiosVersion, Buffer.from('96.00')),
  ],
  [
    'report.format',
    'the driver version is binary',
    () => withOpaque(opaqueType.driverVersion, [0x35, 7, 0x30]),
  ],
  [
    'report.format',
    'the driver version ends early',
    () => withOpaque(opaqueType.driverVersion, [0x35, 0, 0x30]),
  ],
  ['report.format', 'the NVDEC0 status is no status', () => withOpaque(opaqueType.nvdec0Status, [0x56])],
  ['report.format', 'the firmware id is short', () => withOpaque(opaqueType.firmwareId, new Uint8Array(32))],
  ['report.format', 'the feature flag is one byte', () => withOpaque(opaqueType.featureFlag, [1])],
  ['report.format', 'a switch id is cut', () => withOpaque(opaqueType.pdi, new Uint8Array(9))],
  ['report.signature', 'a measurement is changed', () => flipEvidence(at.firstBlock + 20, 1)],
  ['report.signature', 'the nonce of the device is changed', () => flipEvidence(at.responseNonceOfGpu, 1)],
  ['report.signature', 'the nonce of the request is changed', () => flipEvidence(at.requestNonce, 1)],
  ['report.signature', 'the signature is changed', () => flipEvidence(-1, 1)],
  [
    'report.signature',
    'the signature is zero',
    () => mapEvidence((bytes) => bytes.fill(0, bytes.length - 96)),
  ],
  [
    'report.signature',
    'a stranger signed',
    () => reported((report) => ({ ...report, signingKey: strangerKey })),
  ],
  [
    'report.signature',
    'another device presents it',
    () => ({
      ...sampleNvidiaEvidence(),
      chain: createSimulatedDevice({ chip: 'GH100', seed: 'other' }).chainPem,
    }),
  ],
  [
    'report.nonce',
    'the nonce is of another time',
    () => reported((report) => ({ ...report, nonce: new Uint8Array(32) })),
  ],
  [
    'report.firmware-id',
    'the firmware is another',
    () => withOpaque(opaqueType.firmwareId, new Uint8Array(48)),
  ],
  ['report.firmware-id', 'a Hopper sends none', () => withOpaque(opaqueType.firmwareId, undefined)],
  [
    'report.firmware-id',
    'a Blackwell sends none',
    () => withOpaque(opaqueType.firmwareId, undefined, { chip: 'GB100' }),
  ],
  [
    'report.firmware-id',
    'the leaf names none',
    () =>
      sampleNvidiaEvidence({
        adjust: { leaf: (leaf) => ({ ...leaf, ownExtensions: leaf.ownExtensions?.slice(0, 1) ?? [] }) },
      }),
  ],
  [
    'report.firmware-id',
    'the leaf names two',
    () =>
      sampleNvidiaEvidence({
        adjust: {
          leaf: (leaf) => ({
            ...leaf,
            extraExtensions: [{ id: '2.23.133.5.4.1.1', critical: false, value: Uint8Array.of(0x30, 0) }],
          }),
        },
      }),
  ],
  ['report.firmware-id', 'DiceTcbInfo names no firmware', () => blackwellLeaf(sequence())],
  [
    'report.firmware-id',
    'the firmware is hashed with another function',
    () =>
      blackwellLeaf(
        sequence(
          element(0xa6, sequence(objectId('2.16.840.1.101.3.4.2.1'), octetString(new Uint8Array(48)))),
        ),
      ),
  ],
];

function blackwellLeaf(diceTcbInfo: Uint8Array): NvidiaEvidence {
  const extension = { id: '2.23.133.5.4.1.1', critical: false, value: diceTcbInfo };
  return sampleNvidiaEvidence({
    chip: 'GB100',
    adjust: {
      leaf: (leaf) => ({ ...leaf, ownExtensions: [...(leaf.ownExtensions?.slice(0, 1) ?? []), extension] }),
    },
  });
}

type Report = Parameters<Parameters<typeof reported>[0]>[0];

function shortMeasurement(report: Report): Report {
  return {
    ...report,
    measurements: report.measurements.map(({ index, value }) => ({ index, value: value.slice(0, 32) })),
  };
}

function twice<T>(one: T): T[] {
  return [one, one];
}

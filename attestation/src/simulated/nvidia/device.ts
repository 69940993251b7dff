import { createHash } from 'node:crypto';
import { opaqueType } from '../../nvidia/layout.ts';
import { type TrustAnchor, trustAnchorFromCertificate } from '../../trust-anchors.ts';
import { encodePemChain } from '../../x509/pem.ts';
import {
  createDeviceChain,
  type DeviceAdjustments,
  type SimulatedChip,
  type SimulatedDeviceChain,
} from './device-vendor.ts';
import { type MeasurementSpec, type OpaqueSpec, type ReportSpec, writeReport } from './report-writer.ts';

export type SimulatedDeviceOptions = {
  readonly chip: SimulatedChip;
  /** Names the device: serial and keys follow from it. */
  readonly seed: string;
  /** Names the key of another root, such as a forger's; the public development root if absent. */
  readonly rootLabel?: string;
  readonly adjust?: DeviceAdjustments;
  /** Chip families that run protected PCIe name each other. */
  readonly wiring?: SimulatedWiring;
};

/** Public device ids, most significant byte first. */
export type SimulatedWiring = {
  readonly switchPdis: readonly Uint8Array[];
  readonly gpuPdis: readonly Uint8Array[];
};

export type SimulatedDevice = Pick<SimulatedDeviceChain, 'certificates' | 'keys' | 'serial' | 'specs'> & {
  readonly chip: SimulatedChip;
  /** The serial without its first byte. */
  readonly pdi: Uint8Array;
  readonly chainPem: Uint8Array;
  readonly trustAnchor: TrustAnchor;
  /** Answers a verifier's 32-byte nonce; `adjust` changes the report before it is signed. */
  evidence(nonce: Uint8Array, adjust?: (report: ReportSpec) => ReportSpec): Uint8Array;
};

/** Versions that simulated devices run and simulated manifests list. */
export const simulatedVersions = {
  driver: '570.86.10',
  vbios: { GH100: '96.00.AF.00.01', GB100: '97.00.D9.00.35', LS_10: '96.10.73.00.01' },
} as const;

/** A development GPU or switch. Pure: equal options give equal bytes. */
export function createSimulatedDevice(options: SimulatedDeviceOptions): SimulatedDevice {
  const { chip, seed, rootLabel, adjust, wiring = { switchPdis: [], gpuPdis: [] } } = options;
  const firmwareId = measure(`${chip} firmware`);
  const chain = createDeviceChain(chip, seed, firmwareId, rootLabel, adjust);
  const pdi = chain.serial.slice(1);
  const opaque = chip === 'LS_10' ? switchFields(pdi, wiring) : gpuFields(chip, firmwareId, wiring);
  return {
    ...chain,
    chip,
    pdi,
    chainPem: Buffer.from(encodePemChain(chain.certificates), 'latin1'),
    trustAnchor: trustAnchorFromCertificate(chain.certificates[4], true),
    evidence: (nonce, change = (report) => report) =>
      writeReport(
        change({
          nonce,
          responseNonce: digest('sha256', `device nonce ${seed}`),
          measurements: simulatedMeasurements(chip),
          opaque,
          signingKey: chain.keys.leaf,
        }),
      ),
  };
}

/** What every device of the chip measures; the manifests list the same values. */
export function simulatedMeasurements(chip: SimulatedChip): readonly MeasurementSpec[] {
  const count = chip === 'LS_10' ? 31 : 64;
  return Array.from({ length: count }, (_, index) => ({
    index: index + 1,
    value: measure(`${chip} measurement ${index}`),
  }));
}

function gpuFields(chip: 'GH100' | 'GB100', firmwareId: Uint8Array, wiring: SimulatedWiring): OpaqueSpec[] {
  const isProtected = wiring.switchPdis.length > 0;
  const [first = 0, ...rest] = simulatedVersions.vbios[chip]
    .split('.')
    .map((part) => Number.parseInt(part, 16));
  const vbios = [first, ...rest];
  return [
    field(opaqueType.vbiosVersion, [...vbios.slice(0, 4).reverse(), ...vbios.slice(4), 0, 0, 0]),
    field(opaqueType.chipSku, text('895')),
    field(opaqueType.project, text(chip === 'GH100' ? 'G520' : 'G525')),
    field(opaqueType.projectSku, text('0200')),
    field(opaqueType.driverVersion, text(simulatedVersions.driver)),
    field(opaqueType.nvdec0Status, [chip === 'GH100' ? 0x55 : 0xaa]),
    field(opaqueType.firmwareId, firmwareId),
    ...(chip === 'GB100'
      ? [field(opaqueType.chipInfo, text(chip)), field(opaqueType.featureFlag, [isProtected ? 2 : 1, 0])]
      : [field(opaqueType.protectedPcieStatus, [isProtected ? 0xaa : 0x55])]),
    ...(isProtected ? [field(opaqueType.pdi, gpuLinks(wiring))] : []),
  ];
}

/** 18 links, least significant byte first, spread over the switches. */
function gpuLinks({ switchPdis }: SimulatedWiring): Uint8Array {
  const links = Array.from(
    { length: 18 },
    (_, link) => switchPdis[link % switchPdis.length] ?? new Uint8Array(8),
  );
  return new Uint8Array(Buffer.concat(links.map((pdi) => pdi.toReversed())));
}

function switchFields(pdi: Uint8Array, { gpuPdis }: SimulatedWiring): OpaqueSpec[] {
  const ids = Array.from({ length: 8 }, (_, gpu) => gpuPdis[gpu] ?? new Uint8Array(8));
  const portMap = new Uint8Array(64).fill(0xff);
  return [
    field(opaqueType.vbiosVersion, Buffer.from(simulatedVersions.vbios.LS_10, 'latin1')),
    field(opaqueType.pdi, pdi),
    field(opaqueType.gpuPdis, Buffer.concat([...ids, portMap])),
  ];
}

function field(type: number, value: ArrayLike<number>): OpaqueSpec {
  return { type, value: Uint8Array.from(value) };
}

function text(value: string): Uint8Array {
  return Buffer.from(`${value}\0`, 'latin1');
}

function measure(label: string): Uint8Array {
  return digest('sha384', `hearth simulated ${label}`);
}

function digest(hash: 'sha256' | 'sha384', label: string): Uint8Array {
  return new Uint8Array(createHash(hash).update(label).digest());
}

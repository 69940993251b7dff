import { bytesToHex, type Hex } from '../bytes/hex.ts';
import { asciiToText } from '../bytes/text.ts';
import { formatError } from '../errors.ts';
import { gpuPdis, measurementLength, opaqueType, pdiLength } from './layout.ts';
import type { NvidiaReport } from './parse.ts';

export const deviceKinds = ['gpu', 'switch'] as const;
export type DeviceKind = (typeof deviceKinds)[number];

/** Single-GPU passthrough, multi-GPU passthrough, protected PCIe (8 GPUs with 4 switches). */
export const deviceModes = ['SPT', 'MPT', 'PPCIE'] as const;
export type DeviceMode = (typeof deviceModes)[number];

/** What a device says of itself, JSON-ready. A field that the device did not send is undefined. */
export type DeviceFacts = {
  readonly kind: DeviceKind;
  readonly nonce: Hex;
  readonly responseNonce: Hex;
  readonly slot: number;
  readonly measurements: readonly { readonly index: number; readonly value: Hex }[];
  readonly driver: string | undefined;
  readonly vbios: string | undefined;
  /** Newer drivers name the chip; for all devices the certificate does. */
  readonly chip: string | undefined;
  readonly project: string | undefined;
  readonly projectSku: string | undefined;
  readonly chipSku: string | undefined;
  readonly nvdec0: 'enabled' | 'disabled' | undefined;
  /** 55 off, aa on. */
  readonly protectedPcieStatus: Hex | undefined;
  readonly featureFlag: number | undefined;
  /** By the feature flag; by the protected PCIe status where an older driver sends no flag. */
  readonly mode: DeviceMode | undefined;
  readonly firmwareId: Hex | undefined;
  /** Public device ids, most significant byte first. On a switch: its own. */
  readonly switchPdis: readonly Hex[];
  /** On a switch: of the GPUs at its ports. */
  readonly gpuPdis: readonly Hex[];
  /** Every TLV as it came. */
  readonly opaque: readonly { readonly type: number; readonly value: Hex }[];
};

/** Decodes the opaque fields by the rules of the device kind. Throws EvidenceError `format`. */
export function readDeviceFacts(kind: DeviceKind, report: NvidiaReport): DeviceFacts {
  const { opaque } = report;
  const text = (type: number, field: string): string | undefined => map(opaque.get(type), readText(field));
  const protectedPcieStatus = map(opaque.get(opaqueType.protectedPcieStatus), bytesToHex);
  const featureFlag = map(opaque.get(opaqueType.featureFlag), readUint16('feature flag'));
  return {
    kind,
    nonce: report.nonce,
    responseNonce: report.responseNonce,
    slot: report.slot,
    measurements: [...report.measurements].map(([index, value]) => ({ index, value })),
    driver: text(opaqueType.driverVersion, 'driver version'),
    vbios: map(
      opaque.get(opaqueType.vbiosVersion),
      kind === 'gpu' ? readGpuVbios : readText('VBIOS version'),
    ),
    chip: text(opaqueType.chipInfo, 'chip'),
    project: text(opaqueType.project, 'project'),
    projectSku: text(opaqueType.projectSku, 'project SKU'),
    chipSku: text(opaqueType.chipSku, 'chip SKU'),
    nvdec0: map(opaque.get(opaqueType.nvdec0Status), readNvdec0),
    protectedPcieStatus,
    featureFlag,
    mode: modeOf(featureFlag, protectedPcieStatus),
    firmwareId: map(opaque.get(opaqueType.firmwareId), readFirmwareId),
    // A GPU writes the switches' ids least significant byte first, a switch writes all ids the other way round.
    switchPdis: map(opaque.get(opaqueType.pdi), readPdis('switch PDIs', kind === 'gpu')) ?? [],
    gpuPdis: map(opaque.get(opaqueType.gpuPdis), readGpuPdis) ?? [],
    opaque: [...opaque].map(([type, value]) => ({ type, value: bytesToHex(value) })),
  };
}

/** `00 D9 00 97 35 …` is 97.00.D9.00.35: the first four bytes reversed, then the fifth. */
function readGpuVbios(bytes: Uint8Array): string {
  expectLength(bytes, 8, 'VBIOS version');
  return [...bytes.subarray(0, 4).toReversed(), ...bytes.subarray(4, 5)]
    .map((byte) => byte.toString(16).padStart(2, '0').toUpperCase())
    .join('.');
}

/** ASCII with NULs after it, never inside. */
function readText(field: string): (bytes: Uint8Array) => string {
  return (bytes) => {
    const text = asciiToText(bytes, field).replace(/\0+$/, '');
    if (!/^[\x20-\x7e]*$/.test(text)) throw formatError(field, { expected: 'printable ASCII' });
    return text;
  };
}

function readNvdec0(bytes: Uint8Array): 'enabled' | 'disabled' {
  expectLength(bytes, 1, 'NVDEC0 status');
  if (bytes[0] === 0xaa) return 'enabled';
  if (bytes[0] === 0x55) return 'disabled';
  throw formatError('NVDEC0 status', { expected: '0x55 or 0xaa', actual: bytesToHex(bytes) });
}

function readFirmwareId(bytes: Uint8Array): Hex {
  expectLength(bytes, measurementLength, 'FWID');
  return bytesToHex(bytes);
}

function readUint16(field: string): (bytes: Uint8Array) => number {
  return (bytes) => {
    expectLength(bytes, 2, field);
    return (bytes[0] ?? 0) + (bytes[1] ?? 0) * 0x100;
  };
}

/** Zero stands for a link without a device. */
function readPdis(field: string, isReversed: boolean): (bytes: Uint8Array) => Hex[] {
  return (bytes) => {
    if (bytes.length % pdiLength !== 0) {
      throw formatError(field, { expected: `multiples of ${pdiLength} bytes`, actual: `${bytes.length}` });
    }
    const pdis = new Set<Hex>();
    for (let at = 0; at < bytes.length; at += pdiLength) {
      const pdi = bytes.subarray(at, at + pdiLength);
      if (pdi.some((byte) => byte !== 0)) pdis.add(bytesToHex(isReversed ? pdi.toReversed() : pdi));
    }
    return [...pdis];
  };
}

/** The port map behind the ids adds no device and is left aside. */
function readGpuPdis(bytes: Uint8Array): Hex[] {
  const idsLength = gpuPdis.count * pdiLength;
  expectLength(bytes, idsLength + gpuPdis.portMapLength, 'GPU PDIs and port map');
  return readPdis('GPU PDIs', false)(bytes.subarray(0, idsLength));
}

function modeOf(
  featureFlag: number | undefined,
  protectedPcieStatus: Hex | undefined,
): DeviceMode | undefined {
  if (featureFlag !== undefined) return deviceModes[featureFlag];
  if (protectedPcieStatus === '0xaa') return 'PPCIE';
  return protectedPcieStatus === '0x55' ? 'SPT' : undefined;
}

function expectLength(bytes: Uint8Array, expected: number, field: string): void {
  if (bytes.length !== expected) {
    throw formatError(field, { expected: `${expected} bytes`, actual: `${bytes.length}` });
  }
}

function map<In, Out>(value: In | undefined, decode: (value: In) => Out): Out | undefined {
  return value === undefined ? undefined : decode(value);
}

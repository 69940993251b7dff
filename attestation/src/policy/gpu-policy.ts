import * as z from 'zod';
import { deviceModes } from '../nvidia/device-facts.ts';
import { isDriverVersion, isVbiosVersion } from '../nvidia/version.ts';
import { anyOf, anyOfOrIgnore, atLeastOrIgnore, equalsOrIgnore, hexOf } from './requirement.ts';

const ignore = z.literal('ignore');
const required = z.enum(['required', 'ignore']);

/** Decimal numbers and dots, or NVIDIA's hexadecimal VBIOS form; a floor is compared part by part. */
const driverVersion = z.string().refine(isDriverVersion, 'expected a driver version such as 550.90.07');
const vbiosVersion = z.string().refine(isVbiosVersion, 'expected a VBIOS version such as 96.00.9F.00.01');

/** What one device must be. */
const devicePolicyFields = {
  /** Chip family by the certificate: GH100, GB100, LS_10. */
  chip: anyOfOrIgnore(z.string().max(32)),
  vbios: z.union([z.strictObject({ atLeast: vbiosVersion }).readonly(), anyOf(vbiosVersion), ignore]),
  /** Golden measurements of this VBIOS were given, authentic, and all matched. */
  vbiosRim: required,
  /** OCSP answers about every signer of the manifests; a hold only where the caller has allowed it. */
  rimRevocation: required,
  /** Blocks, from 1, that the device measures and no manifest names: `anyOf: []` demands an exact set. */
  uncoveredMeasurements: anyOfOrIgnore(z.int().min(1).max(255)),
  /** `device`: OCSP for the device and both CAs over it. `authorities`: OCSP or CRLs for the two CAs. */
  revocation: z.enum(['device', 'authorities', 'ignore']),
  /** The report names its firmware. Where it does, it must be the leaf key's, whatever stands here. */
  firmwareId: required,
  /** keccak256 of the device serial. */
  platformId: anyOfOrIgnore(hexOf(32)),
};

export const switchPolicySchema = z.strictObject(devicePolicyFields);

/** Which NVIDIA devices, and which sets of them, a relying party accepts. */
export const gpuPolicySchema = z.strictObject({
  ...devicePolicyFields,
  driver: z.union([z.strictObject({ atLeast: driverVersion }).readonly(), anyOf(driverVersion), ignore]),
  driverRim: required,
  /** Single-GPU, multi-GPU passthrough or protected PCIe, as the device itself reports it. */
  mode: anyOfOrIgnore(z.enum(deviceModes)),
  /** GPUs in one attestation, each with a serial of its own. */
  gpuCount: z.union([equalsOrIgnore(z.int().min(1)), atLeastOrIgnore(z.int().min(1))]),
  switches: z.union([switchPolicySchema, z.literal('refuse')]),
  /** In protected PCIe mode: exactly 8 GPUs and 4 switches that name each other. */
  protectedPcieTopology: required,
});

export type GpuPolicy = z.infer<typeof gpuPolicySchema>;
export type SwitchPolicy = z.infer<typeof switchPolicySchema>;

/** A hold is never acceptable for a device, so no field asks about it. */
const strictDevice = {
  vbios: 'ignore',
  vbiosRim: 'required',
  rimRevocation: 'required',
  uncoveredMeasurements: 'ignore',
  revocation: 'device',
  platformId: 'ignore',
} as const satisfies Partial<SwitchPolicy>;

/**
 * The default worth having: the given chips, driver floor as given, firmware as NVIDIA's manifests list it, and an
 * answer about the revocation of every certificate. Blocks that no manifest names are reported: H100 has 31 of them.
 */
export function strictGpuPolicy(chips: readonly string[], driverAtLeast: string): GpuPolicy {
  return {
    ...strictDevice,
    chip: { anyOf: chips },
    driver: { atLeast: driverAtLeast },
    driverRim: 'required',
    firmwareId: 'required',
    mode: 'ignore',
    gpuCount: { atLeast: 1 },
    // LS10 reports carry no FWID.
    switches: { ...strictDevice, chip: { anyOf: ['LS_10'] }, firmwareId: 'ignore' },
    protectedPcieTopology: 'required',
  };
}

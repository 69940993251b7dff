/**
 * NVIDIA device evidence: one SPDM 1.1 exchange (DMTF DSP0274 1.1), GET_MEASUREMENTS request ‖ MEASUREMENTS response,
 * little-endian. GPUs (Hopper, Blackwell) and switches (LS10) use the same frame.
 */

/** Evidence seen is 2.2 to 4.3 kB, and chains of five certificates under 5 kB. */
export const evidenceLimits = { maxBytes: 16 * 1024, maxChainBytes: 64 * 1024 } as const;

export const request = {
  length: 37,
  /** SPDM 1.1, GET_MEASUREMENTS, signature requested, all measurements. */
  header: '0x11e001ff',
} as const;

/** SPDM 1.1, MEASUREMENTS. */
export const responseHeader = '0x1160';

export const nonceLength = 32;
/** P-384 r ‖ s, big-endian. */
export const signatureLength = 96;
/** SHA-384. */
export const measurementLength = 48;
/** DMTF measurement specification. */
export const dmtfSpecification = 1;
/** DMTF value type: set for raw bytes instead of a digest. */
export const dmtfRawBit = 0x80;
/** DMTF value type u8 and value size u16 before the value. */
export const dmtfHeaderLength = 3;

/** Types of the TLVs in the response's opaque data; the others are kept as bytes. */
export const opaqueType = {
  driverVersion: 3,
  vbiosVersion: 6,
  nvdec0Status: 11,
  chipSku: 15,
  project: 17,
  projectSku: 18,
  firmwareId: 20,
  protectedPcieStatus: 21,
  /** On a GPU: PDIs of the switches at its links. On a switch: its own PDI. */
  pdi: 22,
  /** On a switch: PDIs of 8 GPUs, then 64 bytes that say which port leads to which. */
  gpuPdis: 26,
  chipInfo: 35,
  featureFlag: 36,
} as const;

export const pdiLength = 8;
export const gpuPdis = { count: 8, portMapLength: 64 } as const;

/** Golden measurement that says nothing where the video decoder NVDEC0 is disabled (0-based). */
export const nvdec0MeasurementIndex = 35;

import { tdReport10Length, tdReport15Length } from '../tdx/layout.ts';

/** Real quotes have 4 to 8 KiB. */
export const quoteLimits = { maxBytes: 16 * 1024 } as const;

/** Length of an SGX report body, an enclave's or the quoting enclave's own. */
export const sgxReportLength = 384;

/**
 * Quote header (Intel SGX DCAP Quoting Library API, A.4; Intel TDX DCAP Quoting Library API, A.3). Integers are
 * little-endian.
 */
export const header = {
  length: 48,
  /** 2 = ECDSA P-256; 3 = P-384 is specified, nobody issues it. */
  attestationKeyType: 2,
  /** Where version 3 has reserved zeros. */
  teeType: { sgx: 0, tdx: 0x81 },
  /** Intel's quoting enclave. */
  qeVendorId: '0x939a7233f79c4ca9940a0db3957f0607',
} as const;

/** Version 5 names its body in a descriptor {type u16, size u32}, which is signed too. */
export const bodyTypes = [
  { type: 1, teeType: header.teeType.sgx, length: sgxReportLength },
  { type: 2, teeType: header.teeType.tdx, length: tdReport10Length },
  { type: 3, teeType: header.teeType.tdx, length: tdReport15Length },
] as const;

export const certificationType = {
  /** PEM chain: PCK leaf, intermediate, root. */
  pckChain: 5,
  /** QE report and what certifies it; the outer type of versions 4 and 5. */
  qeReport: 6,
} as const;

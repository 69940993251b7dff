/**
 * TDX quote v4 (Intel TDX DCAP Quoting Library API, A.3). Offsets and lengths in bytes, integers little-endian.
 * Later formats (v5, TD report 1.5) get tables of their own beside these.
 */
export const quoteLimits = { maxBytes: 16 * 1024 } as const;

export const header = {
  length: 48,
  version: 4,
  /** 2 = ECDSA P-256; 3 = P-384 is specified, nobody issues it. */
  attestationKeyType: 2,
  teeTypeTdx: 0x81,
  /** Intel's quoting enclave. */
  qeVendorId: '0x939a7233f79c4ca9940a0db3957f0607',
} as const;

export const tdReportLength = 584;

/** TD report 1.0, relative to its own start. */
export const tdReportFields = {
  teeTcbSvn: [0, 16],
  mrSeam: [16, 48],
  mrSignerSeam: [64, 48],
  seamAttributes: [112, 8],
  tdAttributes: [120, 8],
  xfam: [128, 8],
  mrtd: [136, 48],
  mrConfigId: [184, 48],
  mrOwner: [232, 48],
  mrOwnerConfig: [280, 48],
  rtmr0: [328, 48],
  rtmr1: [376, 48],
  rtmr2: [424, 48],
  rtmr3: [472, 48],
  reportData: [520, 64],
} as const;

/** Header ‖ TD report: the bytes under the quote signature. */
export const signedLength = header.length + tdReportLength;

export const certificationType = {
  /** PEM chain: PCK leaf, intermediate, root. */
  pckChain: 5,
  /** QE report and what certifies it. */
  qeReport: 6,
} as const;

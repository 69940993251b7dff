/**
 * TD reports (Intel TDX DCAP Quoting Library API, A.3.2 and A.3.3): offsets and lengths in bytes relative to the
 * report's start.
 */
export const tdReport10Length = 584;
export const tdReport15Length = 648;

/** TD report 1.0. */
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

/** What TD report 1.5 adds behind those. */
export const tdReport15Fields = {
  /** SVNs of the TDX module as it is now, while TEE_TCB_SVN holds those of the TD's launch. */
  teeTcbSvn2: [584, 16],
  mrServiceTd: [600, 48],
} as const;

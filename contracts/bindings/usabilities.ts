/** Whether new jobs should go to an enclave key, in the order of the contracts' `IReleaseList.Usability`. */
export const usabilities = ['usable', 'unknown', 'revoked', 'release-withdrawn', 'expired'] as const;

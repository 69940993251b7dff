/** Status of a platform TCB level (Intel PCS API v4). */
export const platformStatuses = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'Revoked',
] as const;

export type PlatformStatus = (typeof platformStatuses)[number];

/** Merged status of a platform with its TDX module and quoting enclave; TD relaunch is found out by comparing them. */
export const tcbStatuses = [
  ...platformStatuses,
  'TDRelaunchAdvised',
  'TDRelaunchAdvisedConfigurationNeeded',
] as const;

export type TcbStatus = (typeof tcbStatuses)[number];

/** Status of a TDX module or quoting enclave level; other values have no merging rule, so they are refused. */
export const enclaveStatuses = ['UpToDate', 'OutOfDate', 'Revoked'] as const;

export type EnclaveStatus = (typeof enclaveStatuses)[number];

/**
 * The platform's status, made no better than that of a component it relies on (Intel QVL, convergeTcbStatus).
 * Module and quoting enclave are merged the same way.
 */
export function mergeTcbStatus(platform: TcbStatus, component: EnclaveStatus): TcbStatus {
  if (component === 'Revoked') return 'Revoked';
  if (component === 'UpToDate') return platform;
  if (platform === 'UpToDate' || platform === 'SWHardeningNeeded') return 'OutOfDate';
  if (platform === 'ConfigurationNeeded' || platform === 'ConfigurationAndSWHardeningNeeded') {
    return 'OutOfDateConfigurationNeeded';
  }
  return platform;
}

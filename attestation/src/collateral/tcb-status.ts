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

/**
 * Status of a TD whose module has been updated under it: only the TD itself must be started again. Where the SGX part
 * of the platform is behind or revoked, that is not so, and the status stays.
 */
export function adviseRelaunch(merged: TcbStatus, sgx: PlatformStatus): TcbStatus {
  const isBehind = merged === 'OutOfDate' || merged === 'OutOfDateConfigurationNeeded';
  if (!isBehind || sgx.startsWith('OutOfDate') || sgx === 'Revoked') return merged;
  const needsConfiguration = merged === 'OutOfDateConfigurationNeeded' || sgx.startsWith('Configuration');
  return needsConfiguration ? 'TDRelaunchAdvisedConfigurationNeeded' : 'TDRelaunchAdvised';
}

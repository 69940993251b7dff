/**
 * Getting collateral: from Intel PCS, AMD KDS, NVIDIA OCSP and RIM, or from an offline pack, behind one interface.
 * Nothing that verifies imports this, and nothing is believed because it came from here.
 */

export { createCachedSource } from './cached-source.ts';
export { type CollateralClientOptions, createCollateralClient } from './client.ts';
export { collectDcapCollateral, type DcapOptions } from './collect/dcap.ts';
export {
  collectNvidiaCollateral,
  type NvidiaCollateral,
  type NvidiaDevice,
  type NvidiaOptions,
} from './collect/nvidia.ts';
export { collectSnpCollateral, type SnpCollateral, type SnpOptions } from './collect/snp.ts';
export {
  CollateralFetchError,
  type FetchErrorCode,
  type FetchReaction,
  fetchErrorCodes,
} from './errors.ts';
export type { Rate } from './http/rate-limiter.ts';
export {
  type CacheLimits,
  defaultCacheLimits,
  defaultFetchLimits,
  type FetchLimits,
} from './limits.ts';
export { createNetworkSource, type NetworkSourceOptions } from './network-source.ts';
export { type CollateralPack, exportPack, importPack, packLimits } from './pack/pack.ts';
export { createPackSource, createRecordingSource } from './pack/pack-source.ts';
export { type Clock, type Fetch, type Ports, type Random, systemPorts, type Timers } from './ports.ts';
export { type CollateralRequest, collateralRequestSchema, describeRequest, requestKey } from './request.ts';
export {
  emptyRollbackState,
  RollbackFloor,
  type RollbackState,
  rollbackStateSchema,
  withRollbackFloor,
} from './rollback-floor.ts';
export type { CollateralItem, CollateralSource, FetchOptions } from './source.ts';
export { type Endpoint, type Endpoints, vendorEndpoints } from './vendors/endpoints.ts';

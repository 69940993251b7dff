export type { BringCollateralOptions } from './bring-collateral.ts';
export { bringCollateral } from './bring-collateral.ts';
export type { CollateralDocuments } from './collateral-documents.ts';
export type { CollateralUpsert, CollateralUpsertsOptions } from './collateral-upserts.ts';
export { collateralUpserts } from './collateral-upserts.ts';
export type { DeployedMarket, DeployMarketOptions } from './deploy-market.ts';
export { deployMarket } from './deploy-market.ts';
export { governanceRoles, governedFunctions } from './deployment/governed-functions.ts';
export * from './domains.ts';
export { dcapCollateralAbi } from './generated/dcap-collateral.ts';
export { domainVersion, eip712Types, marketDomainName, registryDomainName } from './generated/eip712.ts';
export { enclaveRegistryAbi } from './generated/enclave-registry.ts';
export { hearthAccessManagerAbi } from './generated/hearth-access-manager.ts';
export { hearthSettlementAbi, hearthSettlementBytecode } from './generated/hearth-settlement.ts';
export { intelDcapCollateralAbi } from './generated/intel-dcap-collateral.ts';
export { intelEnclaveRegistryAbi, intelEnclaveRegistryBytecode } from './generated/intel-enclave-registry.ts';
export { logAnchorAbi, logAnchorBytecode } from './generated/log-anchor.ts';
export { releaseListAbi } from './generated/release-list.ts';
export { simulatedDcapCollateralAbi } from './generated/simulated-dcap-collateral.ts';
export {
  simulatedEnclaveRegistryAbi,
  simulatedEnclaveRegistryBytecode,
} from './generated/simulated-enclave-registry.ts';
export { stakeVaultAbi, stakeVaultBytecode } from './generated/stake-vault.ts';
export { testUsdAbi, testUsdBytecode } from './generated/test-usd.ts';
export { topUpTillsAbi } from './generated/top-up-tills.ts';
export type * from './messages.ts';
export type { PckKey, TdxRegistration } from './registration-from-quote.ts';
export { hashPckKey, registrationFromQuote } from './registration-from-quote.ts';
export type { ItemStatus, PairPayment, SettleCall, SettlementClaim } from './settle-call.ts';
export { itemStatuses, paymentsIn, toSettleCall, unpackPayments } from './settle-call.ts';
export { readTokenDomain } from './token-domain.ts';

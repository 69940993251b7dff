/** Intel TDX: quotes of version 4 and 5 with their DCAP collateral. Runs in Node and in browsers. */

export {
  checkDcapCollateral,
  type DcapCollateral,
  parseDcapCollateral,
} from '../collateral/dcap-collateral.ts';
export { CollateralCache } from '../collateral/verified-collateral.ts';
export type { TdxCheckId } from '../dcap/check-ids.ts';
export { parseTdxQuote, type TdxQuote } from '../dcap/parse-quote.ts';
export * from '../judging.ts';
export { strictTdxPolicy, type TdxPolicy } from '../policy/tdx-policy.ts';
export { intelSgxRootCa } from '../trust-anchors.ts';
export { appraiseTdx, judgeTdxEvidence, type TdxPolicyCheckId, type Verdict } from './appraise.ts';
export { measurementHash, type TdMeasurement } from './measurement.ts';
export type { TdReport } from './report.ts';
export { type TdxEvidence, type TdxQuoteFacts, type TdxVerification, verifyTdxEvidence } from './verify.ts';

/** Intel SGX: quotes of version 3 and 5 with their DCAP collateral. Runs in Node and in browsers. */

export {
  checkDcapCollateral,
  type DcapCollateral,
  parseDcapCollateral,
} from '../collateral/dcap-collateral.ts';
export { CollateralCache } from '../collateral/verified-collateral.ts';
export type { SgxCheckId } from '../dcap/check-ids.ts';
export { parseSgxQuote, type SgxQuote } from '../dcap/parse-quote.ts';
export * from '../judging.ts';
export { type AcceptedEnclave, type SgxPolicy, strictSgxPolicy } from '../policy/sgx-policy.ts';
export { intelSgxRootCa } from '../trust-anchors.ts';
export { appraiseSgx, judgeSgxEvidence, type SgxPolicyCheckId, type SgxVerdict } from './appraise.ts';
export type { EnclaveAttributes } from './enclave-attributes.ts';
export type { SgxReport } from './report.ts';
export { type SgxEvidence, type SgxQuoteFacts, type SgxVerification, verifySgxEvidence } from './verify.ts';

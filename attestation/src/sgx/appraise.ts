import type { Check } from '../check-log.ts';
import {
  appraiseOrigin,
  appraisePlatform,
  appraiseReportData,
  classify,
  type DcapPolicyCheckId,
} from '../dcap/appraise.ts';
import type { DcapCheckId } from '../dcap/check-ids.ts';
import { type DcapVerdict, dcapVerdict } from '../dcap/verdict.ts';
import { compare, fail } from '../policy/compare.ts';
import type { EvidencePolicy, ExpectedReportData } from '../policy/evidence-policy.ts';
import { noRegistry, type PlatformRegistry } from '../policy/platform-class.ts';
import type { AcceptedEnclave, SgxPolicy } from '../policy/sgx-policy.ts';
import { teeTypeCode } from '../tee-type.ts';
import type { SgxReport } from './report.ts';
import { type SgxEvidence, type SgxQuoteFacts, type SgxVerification, verifySgxEvidence } from './verify.ts';

/** The policy fields that a verdict answers for, one check each. A section that says 'refuse' leaves only the origin. */
export type SgxPolicyCheckId = DcapPolicyCheckId | `policy.${keyof SgxPolicy}`;

/** Everything one can know from an SGX quote, its collateral and a policy. JSON-ready. */
export type SgxVerdict = DcapVerdict<DcapCheckId | SgxPolicyCheckId> & {
  readonly quote: SgxQuoteFacts | undefined;
};

/** Verifies and appraises in one call. */
export function judgeSgxEvidence(
  evidence: SgxEvidence,
  policy: EvidencePolicy,
  expected: ExpectedReportData,
  registry: PlatformRegistry = noRegistry,
): SgxVerdict {
  return appraiseSgx(verifySgxEvidence(evidence), policy, expected, registry);
}

/** Holds verified evidence against a policy. Pure; no field of the policy is skipped. */
export function appraiseSgx(
  verification: SgxVerification,
  policy: EvidencePolicy,
  expected: ExpectedReportData,
  registry: PlatformRegistry = noRegistry,
): SgxVerdict {
  const { quote } = verification;
  const platformClass = classify(verification.platform, registry);
  const section = policy.sgx === 'refuse' ? undefined : policy.sgx;
  const accepted = section === undefined ? [] : [teeTypeCode.sgx];
  const platform = section && appraisePlatform(verification, section);
  const checks: Check<DcapCheckId | SgxPolicyCheckId>[] = [
    ...verification.checks,
    ...appraiseOrigin(verification, policy, { accepted, actual: quote?.teeType }, platformClass),
    ...(platform?.checks ?? []),
    ...(section === undefined ? [] : appraiseEnclave(quote, section)),
    ...appraiseReportData(quote?.report.reportData, expected),
  ];
  const verdict = dcapVerdict(verification, {
    checks,
    platformClass,
    graceEndUnixSec: platform?.graceEndUnixSec,
  });
  return { ...verdict, quote };
}

function appraiseEnclave(quote: SgxQuoteFacts | undefined, policy: SgxPolicy): Check<SgxPolicyCheckId>[] {
  const attributes = quote?.attributes;
  const report = quote?.report;
  return [
    compareEnclave(policy.enclave, report),
    compare('policy.debug', 'debug', policy.debug, attributes?.debug),
    compare('policy.provisionKey', 'policy', policy.provisionKey, attributes?.provisionKey),
    compare('policy.launchKey', 'policy', policy.launchKey, attributes?.launchKey),
    compare('policy.keySeparation', 'policy', policy.keySeparation, attributes?.keySeparation),
    compare('policy.reservedAttributes', 'policy', policy.reservedAttributes, attributes?.reserved),
    compare('policy.xfrm', 'policy', policy.xfrm, attributes?.xfrm),
    compare('policy.miscSelect', 'policy', policy.miscSelect, report?.miscSelect),
    compare('policy.configId', 'policy', policy.configId, report?.configId),
    compare('policy.configSvn', 'policy', policy.configSvn, report?.configSvn),
  ];
}

function compareEnclave(
  requirement: SgxPolicy['enclave'],
  report: SgxReport | undefined,
): Check<'policy.enclave'> {
  const id = 'policy.enclave';
  const actual =
    report === undefined
      ? 'not established'
      : `MRENCLAVE ${report.mrEnclave}, MRSIGNER ${report.mrSigner}, ISVPRODID ${report.isvProdId}, ISVSVN ${report.isvSvn}`;
  if (requirement === 'ignore') return { id, result: 'ignored', actual };
  const { anyOf } = requirement;
  const expected = anyOf.map(describe).join(' or ') || 'nothing (empty allow-list)';
  const isAccepted = report !== undefined && anyOf.some((one) => isEnclave(report, one));
  return isAccepted ? { id, result: 'pass', expected, actual } : fail(id, 'policy', expected, actual);
}

function isEnclave(report: SgxReport, accepted: AcceptedEnclave): boolean {
  if ('mrEnclave' in accepted) return report.mrEnclave === accepted.mrEnclave;
  return (
    report.mrSigner === accepted.mrSigner &&
    report.isvProdId === accepted.isvProdId &&
    report.isvSvn >= accepted.minIsvSvn
  );
}

function describe(accepted: AcceptedEnclave): string {
  if ('mrEnclave' in accepted) return `MRENCLAVE ${accepted.mrEnclave}`;
  return `MRSIGNER ${accepted.mrSigner}, ISVPRODID ${accepted.isvProdId}, ISVSVN at least ${accepted.minIsvSvn}`;
}

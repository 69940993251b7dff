import { type Hex } from '../bytes/hex.ts';
import { latin1ToText } from '../bytes/text.ts';
import type { Check } from '../check-log.ts';
import { parseTdxQuote } from '../dcap/parse-quote.ts';
import { EvidenceError, type EvidenceReason } from '../errors.ts';
import { judgeEventLog } from '../event-log/appraise.ts';
import { judgeNvidiaEvidence } from '../nvidia/appraise.ts';
import type { DeviceKind } from '../nvidia/device-facts.ts';
import { nrasIssuer, parseJwks } from '../nvidia/eat/issuer.ts';
import { verifyEat } from '../nvidia/eat/verify.ts';
import { nvidiaCorimRootCa, simulatedCorimRootCa } from '../nvidia/rim/corim-root.ts';
import { verifyRim } from '../nvidia/rim/verify.ts';
import { nvidiaDeviceIdentityCa, simulatedDeviceRootCa } from '../nvidia/roots.ts';
import type { EventLogPolicy } from '../policy/event-log-policy.ts';
import type { EvidencePolicy, ExpectedReportData } from '../policy/evidence-policy.ts';
import { amdRoots } from '../sev-snp/amd-roots.ts';
import { judgeSnpEvidence } from '../sev-snp/appraise.ts';
import { parseHclReport } from '../sev-snp/azure/hcl-report.ts';
import type { SnpCertificates } from '../sev-snp/certificates.ts';
import { simulatedSnpRoots } from '../sev-snp/simulated-roots.ts';
import { judgeSgxEvidence } from '../sgx/appraise.ts';
import { judgeTdxEvidence } from '../tdx/appraise.ts';
import { intelSgxRootCa, simulatedRootCa, type TrustAnchor } from '../trust-anchors.ts';
import { encodePemChain, parsePemChain } from '../x509/pem.ts';
import type { Companions } from './companions.ts';
import type { EvidenceKind } from './kind.ts';
import { answersAboutSigners, sortRims } from './reference-manifests.ts';

export type EvidenceRequest = {
  readonly kind: EvidenceKind;
  readonly evidence: Uint8Array;
  readonly companions: Companions;
  readonly atUnixSec: number;
  readonly policy: EvidencePolicy;
  /** Asked of event logs only. */
  readonly eventLogPolicy: EventLogPolicy;
  /** Of a quote or report. */
  readonly reportData: ExpectedReportData;
  /** Of NVIDIA evidence or tokens. */
  readonly nonce: Uint8Array | 'ignore';
  /** Roots beside the vendors' own, such as that of a test set. The verdict names the one that vouched. */
  readonly moreRoots: readonly TrustAnchor[];
};

/** What every format's verdict has; `verdict` is the whole of it. JSON-ready. */
export type JudgedEvidence = {
  readonly kind: EvidenceKind;
  readonly ok: boolean;
  readonly reason: EvidenceReason | undefined;
  readonly checks: readonly Check[];
  readonly simulated: boolean;
  readonly trustAnchor: string | undefined;
  readonly earliestExpiryUnixSec: number | undefined;
  readonly verdict: unknown;
};

/**
 * Verifies and appraises evidence of any kind with that format's own functions. Bad evidence is a verdict; throws
 * EvidenceError `collateral` where a companion is missing without which there is nothing to judge.
 */
export function judgeEvidence(request: EvidenceRequest): JudgedEvidence {
  const verdict = judges[request.kind](request);
  const { ok, reason, checks, simulated = false, trustAnchor, earliestExpiryUnixSec } = verdict;
  const name = trustAnchor?.name;
  return {
    kind: request.kind,
    ok,
    reason,
    checks,
    simulated,
    trustAnchor: name,
    earliestExpiryUnixSec,
    verdict,
  };
}

type AnyVerdict = {
  readonly ok: boolean;
  readonly reason: EvidenceReason | undefined;
  readonly checks: readonly Check[];
  readonly simulated?: boolean;
  readonly trustAnchor?: TrustAnchor | undefined;
  readonly earliestExpiryUnixSec?: number | undefined;
};

const judges: Readonly<Record<EvidenceKind, (request: EvidenceRequest) => AnyVerdict>> = {
  'tdx-quote': (request) => judgeTdxEvidence(dcapEvidence(request), request.policy, request.reportData),
  'sgx-quote': (request) => judgeSgxEvidence(dcapEvidence(request), request.policy, request.reportData),
  'sev-snp-report': (request) => judgeSnp(request, request.evidence, undefined),
  'azure-hcl': judgeAzure,
  'nvidia-gpu-evidence': (request) => judgeDevice('gpu', request),
  'nvidia-switch-evidence': (request) => judgeDevice('switch', request),
  'tdx-eventlog': judgeLog,
  'nvidia-rim': judgeRim,
  'nvidia-eat': judgeToken,
};

function dcapEvidence({ evidence, companions, atUnixSec, moreRoots, kind }: EvidenceRequest) {
  const collateral = required(kind, "Intel's collateral for the quote (JSON)", companions.dcapCollateral);
  const trustAnchors = [intelSgxRootCa, simulatedRootCa, ...moreRoots];
  return { quote: evidence, collateral, atUnixSec, trustAnchors };
}

/** One whose report cannot be cut out is judged with an empty report, which its own check refuses. */
function judgeAzure(request: EvidenceRequest): AnyVerdict {
  return judgeSnp(request, reportOrNothing(request.evidence), request.evidence);
}

function reportOrNothing(hclReport: Uint8Array): Uint8Array {
  try {
    return reportInHcl(hclReport);
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    return new Uint8Array();
  }
}

/** The SNP report inside Azure's blob. Throws EvidenceError `format`. */
export function reportInHcl(hclReport: Uint8Array): Uint8Array {
  return parseHclReport(hclReport).reportBytes;
}

function judgeSnp(
  { kind, companions, atUnixSec, policy, reportData, moreRoots }: EvidenceRequest,
  report: Uint8Array,
  hclReport: Uint8Array | undefined,
): AnyVerdict {
  return judgeSnpEvidence(
    {
      report,
      certificates: snpCertificates(kind, companions),
      crl: companions.crls?.[0] ?? (isRevocationIgnored(policy) ? 'unchecked' : undefined),
      ...(hclReport === undefined ? {} : { azure: { hclReport } }),
      atUnixSec,
      trustAnchors: [...amdRoots, ...simulatedSnpRoots, ...moreRoots],
    },
    policy,
    reportData,
  );
}

/** Only a policy that says so makes do without AMD's list; the verdict shows it. */
function isRevocationIgnored({ sevSnp }: EvidencePolicy): boolean {
  return sevSnp !== 'refuse' && sevSnp.revocationChecked === 'ignore';
}

/** A host's table, a leaf beside the issuers' file, or all three certificates in one file. */
function snpCertificates(kind: EvidenceKind, companions: Companions): SnpCertificates {
  const { certificateTable, leaf, chainPem } = companions;
  const pem = chainPem && latin1ToText(chainPem);
  if (certificateTable !== undefined) {
    return { table: certificateTable, ...(pem === undefined ? {} : { issuersPem: pem }) };
  }
  const issuersPem = required(kind, "AMD's certificates (PEM), or the host's certificate table", pem);
  if (leaf !== undefined) return { leaf, issuersPem };
  const [first, ...issuers] = parsePemChain(issuersPem, 'certificates');
  const whole = issuers.length === 2 ? first : undefined;
  return { leaf: required(kind, 'the VCEK or VLEK (DER)', whole), issuersPem: encodePemChain(issuers) };
}

function judgeDevice(kind: DeviceKind, request: EvidenceRequest): AnyVerdict {
  const { evidence, companions, atUnixSec, policy, nonce, moreRoots } = request;
  const { ocsp = [], crls = [], rims = [] } = companions;
  const gpu = policy.gpu === 'ignore' ? 'refuse' : policy.gpu;
  return judgeNvidiaEvidence(
    {
      kind,
      evidence,
      chain: required(request.kind, "the device's certificate chain (PEM)", companions.chainPem),
      nonce: nonce === 'ignore' ? 'ignore' : { equals: nonce },
      atUnixSec,
      trustAnchors: [nvidiaDeviceIdentityCa, simulatedDeviceRootCa, ...moreRoots],
      revocation: { ocsp: ocsp.map((der) => ({ der })), crls },
      rims: {
        ...sortRims(rims),
        trustAnchors: [nvidiaCorimRootCa, simulatedCorimRootCa, ...moreRoots],
        ocsp: answersAboutSigners(rims, ocsp, gpu),
      },
    },
    { ...policy, gpu },
  );
}

function judgeLog({ kind, evidence, companions, eventLogPolicy }: EvidenceRequest): AnyVerdict {
  const quote = required(kind, 'the TDX quote whose registers the log must reach', companions.quote);
  const { rtmr0, rtmr1, rtmr2, rtmr3 } = parseTdxQuote(quote).report;
  const rtmrs: readonly [Hex, Hex, Hex, Hex] = [rtmr0, rtmr1, rtmr2, rtmr3];
  return judgeEventLog({ eventLog: evidence, rtmrs, appCompose: companions.appCompose }, eventLogPolicy);
}

function judgeRim({ evidence, companions, atUnixSec, moreRoots, policy }: EvidenceRequest): AnyVerdict {
  const answers = companions.ocsp?.map((der) => ({ der }));
  return verifyRim({
    rim: evidence,
    roots: [nvidiaCorimRootCa, ...(policy.allowSimulated ? [simulatedCorimRootCa] : []), ...moreRoots],
    atUnixSec,
    ocsp: answers && { answers, allowHold: false },
  });
}

function judgeToken({ kind, evidence, companions, atUnixSec, nonce }: EvidenceRequest): AnyVerdict {
  const jwks = required(kind, "the issuer's keys (JWKS)", companions.jwks);
  return verifyEat({ eat: evidence, issuer: nrasIssuer(parseJwks(jwks)), atUnixSec, nonce });
}

function required<T>(kind: EvidenceKind, what: string, companion: T | undefined): T {
  if (companion !== undefined) return companion;
  throw new EvidenceError('collateral', kind, { expected: what, actual: 'none' });
}

import * as z from 'zod';
import type { Hex } from '../bytes/hex.ts';
import { utf8ToText } from '../bytes/text.ts';
import { CheckLog, firstReason } from '../check-log.ts';
import { type DcapCollateral, parseDcapCollateral } from '../collateral/dcap-collateral.ts';
import { type TcbStatus, tcbStatuses } from '../collateral/tcb-status.ts';
import type { CollateralCache } from '../collateral/verified-collateral.ts';
import { platformIdOf } from '../dcap/hashes.ts';
import { header } from '../dcap/layout.ts';
import type { DcapVerdict } from '../dcap/verdict.ts';
import type { DcapEvidence, DcapVerification } from '../dcap/verify.ts';
import { EvidenceError, formatError } from '../errors.ts';
import {
  type EvidencePolicy,
  type ExpectedReportData,
  strictEvidencePolicy,
} from '../policy/evidence-policy.ts';
import { strictSgxPolicy } from '../policy/sgx-policy.ts';
import { strictTcbStatuses, type TcbStatusPolicy } from '../policy/tcb-status-policy.ts';
import { strictTdxPolicy } from '../policy/tdx-policy.ts';
import { appraiseSgx, type SgxVerdict } from '../sgx/appraise.ts';
import { verifySgxEvidence } from '../sgx/verify.ts';
import { appraiseTdx, type Verdict } from '../tdx/appraise.ts';
import { verifyTdxEvidence } from '../tdx/verify.ts';
import { intelSgxRootCa, trustAnchorFromCertificate } from '../trust-anchors.ts';
import { type EntryJudge, type EntryVerdict, type ManifestEntry, readEntryPolicy } from './entry.ts';

/** Kinds of this judge; the version in the name must be the quote's. */
export const dcapKinds = [
  'sgx-quote-v3',
  'sgx-quote-v4',
  'sgx-quote-v5',
  'tdx-quote-v4',
  'tdx-quote-v5',
] as const;

const hex = (byteLength: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * byteLength}}$`));

const entryPolicySchema = z.strictObject({
  expectedReportData: hex(64).optional(),
  allowTcbStatus: z.array(z.enum(tcbStatuses)).optional(),
  allowPpid: z.array(hex(16)).optional(),
  minTcbEvaluationDataNumber: z.int().min(0).optional(),
  allowMrtd: z.array(hex(48)).optional(),
  requireSeptVeDisable: z.boolean().optional(),
  allowMrEnclave: z.array(hex(32)).optional(),
  allowMrSeam: z.array(hex(48)).optional(),
  allowFmspc: z.array(hex(6)).optional(),
});

type EntryPolicy = z.infer<typeof entryPolicySchema>;

/**
 * Judges an entry of kind `sgx-quote-v*` or `tdx-quote-v*`: files `quote`, `collateral` and optionally `root`. Defaults
 * as the vectors' README gives them: no debug, any TCB status but `Revoked`, nothing else asked.
 */
export const judgeDcapEntry: EntryJudge = (entry, read) => judgeDcapEntryWith(undefined)(entry, read);

/** The same with a cache of collateral, which must not change any verdict. */
export function judgeDcapEntryWith(cache: CollateralCache | undefined): EntryJudge {
  return (entry, read) => {
    const policy = readEntryPolicy(entryPolicySchema, entry);
    refuseUnknownFiles(entry);
    const { technology, version } = readKind(entry);
    const bytes = read('quote');
    const log = new CheckLog({
      'quote.kind': 'format',
      'collateral.document': 'collateral',
      'root.format': 'chain',
    });
    log.assert('quote.kind', [], () => assertVersion(bytes, version));
    const collateral = log.run('collateral.document', [], () => readCollateral(read('collateral')));
    const anchor = log.run('root.format', [], () =>
      entry.files.root === undefined ? intelSgxRootCa : trustAnchorFromCertificate(read('root'), false),
    );
    const reason = firstReason(log.checks);
    if (reason !== undefined || collateral.value === undefined || anchor.value === undefined) {
      return { verdict: 'invalid', ...(reason && { reason }), fields: {}, checks: log.checks };
    }
    const evidence: DcapEvidence = {
      quote: bytes,
      collateral: collateral.value,
      atUnixSec: entry.at,
      trustAnchors: [anchor.value],
      cache,
    };
    return technology === 'tdx' ? judgeTdx(evidence, policy, entry) : judgeSgx(evidence, policy, entry);
  };
}

const knownFiles: readonly string[] = ['quote', 'collateral', 'root'];

function refuseUnknownFiles({ id, files }: ManifestEntry): void {
  const odd = Object.keys(files).find((field) => !knownFiles.includes(field));
  if (odd !== undefined) throw formatError(`entry ${id}, files`, { actual: `unknown field ${odd}` });
}

function readKind({ id, kind }: ManifestEntry): { technology: 'sgx' | 'tdx'; version: number } {
  const known = dcapKinds.find((one) => one === kind);
  if (known === undefined) {
    throw new EvidenceError('format', `entry ${id}, kind`, { expected: dcapKinds.join(', '), actual: kind });
  }
  return { technology: known.startsWith('tdx') ? 'tdx' : 'sgx', version: Number(known.slice(-1)) };
}

/** A quote of another version than its entry says is not that entry's evidence. Shorter ones are the parser's to refuse. */
function assertVersion(quote: Uint8Array, version: number): void {
  const actual = (quote[0] ?? version) + (quote[1] ?? 0) * 0x100;
  if (quote.length < header.length || actual === version) return;
  throw new EvidenceError('format', 'quote version', { expected: `${version}`, actual: `${actual}` });
}

function readCollateral(bytes: Uint8Array): DcapCollateral {
  return parseDcapCollateral(utf8ToText(bytes, 'collateral'));
}

function judgeTdx(evidence: DcapEvidence, policy: EntryPolicy, entry: ManifestEntry): EntryVerdict {
  refuseFields(policy, ['allowMrEnclave'], entry);
  const verification = verifyTdxEvidence(evidence);
  const { requireSeptVeDisable } = policy;
  const tdx = {
    ...strictTdxPolicy([]),
    ...platformPolicy(policy, verification),
    measurementHash: 'ignore',
    migratable: 'ignore',
    mrServiceTd: 'ignore',
    reservedAttributes: 'ignore',
    xfamWithinFixedBits: 'ignore',
    septVeDisable: requireSeptVeDisable ? { equals: true } : 'ignore',
    mrtd: anyOfOrIgnore(policy.allowMrtd),
    mrSeam: anyOfOrIgnore(policy.allowMrSeam),
  } as const satisfies EvidencePolicy['tdx'];
  const verdict = appraiseTdx(verification, strictEvidencePolicy({ tdx }), expectedReportData(policy));
  return toEntryVerdict(verdict, tdxFields(verdict));
}

function judgeSgx(evidence: DcapEvidence, policy: EntryPolicy, entry: ManifestEntry): EntryVerdict {
  refuseFields(policy, ['allowMrtd', 'allowMrSeam', 'requireSeptVeDisable'], entry);
  const verification = verifySgxEvidence(evidence);
  const { allowMrEnclave } = policy;
  const sgx = {
    ...strictSgxPolicy([]),
    ...platformPolicy(policy, verification),
    enclave:
      allowMrEnclave === undefined
        ? 'ignore'
        : { anyOf: allowMrEnclave.map((mrEnclave) => ({ mrEnclave: `0x${mrEnclave}` as const })) },
    provisionKey: 'ignore',
    launchKey: 'ignore',
    reservedAttributes: 'ignore',
    miscSelect: 'ignore',
  } as const satisfies EvidencePolicy['sgx'];
  const verdict = appraiseSgx(verification, strictEvidencePolicy({ sgx }), expectedReportData(policy));
  return toEntryVerdict(verdict, sgxFields(verdict));
}

/** What one technology's entries cannot ask must not be skipped silently. */
function refuseFields(
  policy: EntryPolicy,
  fields: readonly (keyof EntryPolicy)[],
  entry: ManifestEntry,
): void {
  const foreign = fields.find((field) => policy[field] !== undefined);
  if (foreign === undefined) return;
  throw new EvidenceError('format', `entry ${entry.id}, policy`, { actual: `${foreign} for ${entry.kind}` });
}

function platformPolicy(policy: EntryPolicy, { tcb }: DcapVerification) {
  const { allowTcbStatus, allowPpid, allowFmspc, minTcbEvaluationDataNumber: min } = policy;
  return {
    tcbStatus: allowTcbStatus === undefined ? 'ignore' : allow(allowTcbStatus, tcb?.advisoryIds ?? []),
    tcbEvaluationDataNumber: min === undefined ? 'ignore' : { atLeast: min },
    fmspc: anyOfOrIgnore(allowFmspc),
    platformId:
      allowPpid === undefined ? 'ignore' : { anyOf: allowPpid.map((ppid) => platformIdOf(`0x${ppid}`)) },
  } as const;
}

function anyOfOrIgnore(list: readonly string[] | undefined): { readonly anyOf: readonly Hex[] } | 'ignore' {
  return list === undefined ? 'ignore' : { anyOf: list.map((digits) => `0x${digits}` as const) };
}

/** An entry allows a status whatever its advisories, so those that apply are the ones named. */
function allow(statuses: readonly TcbStatus[], advisoryIds: readonly string[]): TcbStatusPolicy {
  const named = { advisoryIds: { anyOf: advisoryIds } };
  const rules = {
    UpToDate: 'accept',
    SWHardeningNeeded: 'accept',
    ConfigurationNeeded: named,
    ConfigurationAndSWHardeningNeeded: named,
    OutOfDate: { tcbDateAgeSec: 'ignore', ...named },
    OutOfDateConfigurationNeeded: { tcbDateAgeSec: 'ignore', ...named },
    TDRelaunchAdvised: 'accept',
    TDRelaunchAdvisedConfigurationNeeded: { tcbDateAgeSec: 'ignore', ...named },
  } as const satisfies TcbStatusPolicy;
  const refused = Object.keys(strictTcbStatuses).filter((status) => !statuses.some((one) => one === status));
  return { ...rules, ...Object.fromEntries(refused.map((status) => [status, 'refuse'])) };
}

function expectedReportData({ expectedReportData: all }: EntryPolicy): ExpectedReportData {
  if (all === undefined) return { keys: 'ignore', nonce: 'ignore' };
  return { keys: { equals: `0x${all.slice(0, 64)}` }, nonce: { equals: `0x${all.slice(64)}` } };
}

function toEntryVerdict(verdict: DcapVerdict<string>, fields: Record<string, unknown>): EntryVerdict {
  const { ok, reason, tcbStatus, advisoryIds, checks } = verdict;
  return {
    verdict: ok ? 'valid' : 'invalid',
    ...(reason && { reason }),
    ...(tcbStatus && { tcbStatus, advisoryIds }),
    fields: { ...platformFields(verdict), ...fields },
    checks,
  };
}

function platformFields(verdict: DcapVerdict<string>): Record<string, unknown> {
  const { platform } = verdict;
  return {
    fmspc: platform?.fmspc.slice(2),
    pceid: platform?.pceId.slice(2),
    ppid: platform?.ppid.slice(2),
    pceSvn: platform?.pceSvn,
    cpuSvn: platform?.cpuSvn.slice(2),
    platformStatus: verdict.platformStatus,
    moduleStatus: verdict.moduleStatus,
    qeStatus: verdict.qeStatus,
    tcbDate: verdict.tcbDate,
    tcbEvaluationDataNumber: verdict.tcbEvaluationDataNumber,
  };
}

/** Manifests write most report fields in lower case and without 0x. */
const camelCased: readonly string[] = ['teeTcbSvn', 'teeTcbSvn2', 'reportData'];

function reportFields(report: object | undefined): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(report ?? {}).map(([name, value]) => [
      camelCased.includes(name) ? name : name.toLowerCase(),
      typeof value === 'string' ? value.slice(2) : value,
    ]),
  );
}

function tdxFields({ quote }: Verdict): Record<string, unknown> {
  return {
    ...reportFields(quote?.report),
    version: quote?.version,
    tee: 'tdx',
    qeIsvSvn: quote?.qeReport.isvSvn,
    debug: quote?.attributes.debug,
    septVeDisable: quote?.attributes.septVeDisable,
  };
}

function sgxFields({ quote }: SgxVerdict): Record<string, unknown> {
  return {
    ...reportFields(quote?.report),
    version: quote?.version,
    tee: 'sgx',
    qeIsvSvn: quote?.qeReport.isvSvn,
    debug: quote?.attributes.debug,
  };
}

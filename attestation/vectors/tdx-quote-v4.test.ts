import { describe, expect, test } from '@jest/globals';
import {
  type EvidencePolicy,
  type ExpectedReportData,
  intelSgxRootCa,
  judgeTdxEvidence,
  parseDcapCollateral,
  platformIdOf,
  strictEvidencePolicy,
  strictTcbStatuses,
  strictTdxPolicy,
  type TcbStatus,
  type TcbStatusPolicy,
  type TdxPolicy,
  tcbStatuses,
  tcbStatusPolicySchema,
  trustAnchorFromCertificate,
  type Verdict,
} from '../src/index.ts';
import {
  loadManifest,
  type Manifest,
  readVectorFile,
  type TdxVector,
  type VectorPolicy,
} from './manifest.ts';

const manifest = loadManifest();

if (manifest === undefined) test.skip('TDX v4 conformance: the vectors are not here', () => {});
else describe('TDX v4 conformance', () => judgeAll(manifest));

function judgeAll({ all, tdx4 }: Manifest): void {
  const cases = tdx4.map((vector) => [vector.id, vector] as const);

  test('the set is there, with both verdicts', () => {
    const verdicts = new Set(cases.map(([, vector]) => vector.expect.verdict));
    expect(cases.length).toBeGreaterThanOrEqual(60);
    expect(verdicts).toEqual(new Set(['valid', 'invalid']));
    const others = all.filter(({ kind }) => kind !== 'tdx-quote-v4');
    process.stdout.write(`not covered yet: ${others.length} vectors of other kinds (${kindsOf(others)})\n`);
  });

  test.each(cases)('%s', (_id, vector) => {
    const verdict = judge(vector);
    const { verdict: expected, reason, reasonAlso, tcbStatus, advisoryIds, fields } = vector.expect;
    expect(verdict.ok ? 'valid' : `invalid: ${verdict.reason}`).toBe(
      expected === 'valid' ? 'valid' : `invalid: ${acceptableReason(verdict, [reason, ...reasonAlso])}`,
    );
    expect(verdict.tcbStatus).toBe(tcbStatus);
    if (advisoryIds !== undefined) expect(verdict.advisoryIds).toEqual([...advisoryIds].sort());
    if (fields !== undefined) expect(fieldsOf(verdict)).toMatchObject(fields);
  });
}

/** Another order of checks may find another listed reason first. */
function acceptableReason({ reason }: Verdict, listed: readonly (string | undefined)[]): string | undefined {
  return listed.includes(reason) ? reason : listed[0];
}

function judge(vector: TdxVector): Verdict {
  const file = (name: string): Uint8Array =>
    readVectorFile(vector.files[name] ?? `no ${name} in ${vector.id}`);
  const root = vector.files.root === undefined ? undefined : file('root');
  return judgeTdxEvidence(
    {
      quote: file('quote'),
      collateral: parseDcapCollateral(Buffer.from(file('collateral')).toString('utf8')),
      atUnixSec: vector.at,
      trustAnchors: [root === undefined ? intelSgxRootCa : trustAnchorFromCertificate(root, false)],
    },
    policyOf(vector.policy),
    expectedReportData(vector.policy),
  );
}

/** The defaults of the vectors' README: no debug, every status but Revoked, otherwise what the entry asks. */
function policyOf(policy: VectorPolicy): EvidencePolicy {
  const tdx: TdxPolicy = {
    ...strictTdxPolicy([]),
    measurementHash: 'ignore',
    reservedAttributes: 'ignore',
    migratable: 'ignore',
    xfamWithinFixedBits: 'ignore',
    mrServiceTd: 'ignore',
    tcbStatus: policy.allowTcbStatus === undefined ? 'ignore' : statusPolicy(policy.allowTcbStatus),
    septVeDisable: policy.requireSeptVeDisable ? { equals: true } : 'ignore',
    mrtd:
      policy.allowMrtd === undefined
        ? 'ignore'
        : { anyOf: policy.allowMrtd.map((mrtd) => `0x${mrtd}` as const) },
    tcbEvaluationDataNumber:
      policy.minTcbEvaluationDataNumber === undefined
        ? 'ignore'
        : { atLeast: policy.minTcbEvaluationDataNumber },
    platformId:
      policy.allowPpid === undefined
        ? 'ignore'
        : { anyOf: policy.allowPpid.map((ppid) => platformIdOf(`0x${ppid}`)) },
  };
  return strictEvidencePolicy({ tdx });
}

function statusPolicy(allowed: readonly string[]): TcbStatusPolicy {
  const refused = Object.fromEntries(Object.keys(strictTcbStatuses).map((status) => [status, 'refuse']));
  const accepted = Object.fromEntries(allowed.map((name) => [tcbStatus(name), 'accept']));
  return tcbStatusPolicySchema.parse({ ...refused, ...accepted });
}

function expectedReportData({ expectedReportData: all }: VectorPolicy): ExpectedReportData {
  if (all === undefined) return { keys: 'ignore', nonce: 'ignore' };
  return { keys: { equals: `0x${all.slice(0, 64)}` }, nonce: { equals: `0x${all.slice(64)}` } };
}

function tcbStatus(name: string): TcbStatus {
  const status = tcbStatuses.find((one) => one === name);
  if (status === undefined) throw new Error(`vector names an unknown TCB status: ${name}`);
  return status;
}

/** The verdict in the words of the manifest. */
function fieldsOf(verdict: Verdict): Record<string, unknown> {
  const { quote, platform } = verdict;
  const report = Object.entries(quote?.report ?? {}).map(([name, value]) => [
    manifestName(name),
    value.slice(2),
  ]);
  return {
    ...Object.fromEntries(report),
    version: 4,
    tee: 'tdx',
    fmspc: platform?.fmspc.slice(2),
    pceid: platform?.pceId.slice(2),
    ppid: platform?.ppid.slice(2),
    pceSvn: platform?.pceSvn,
    cpuSvn: platform?.cpuSvn.slice(2),
    platformStatus: verdict.platformStatus,
    moduleStatus: verdict.moduleStatus,
    qeStatus: verdict.qeStatus,
    qeIsvSvn: quote?.qeReport.isvSvn,
    tcbDate: verdict.tcbDate,
    tcbEvaluationDataNumber: verdict.tcbEvaluationDataNumber,
    debug: quote?.attributes.debug,
    septVeDisable: quote?.attributes.septVeDisable,
  };
}

function manifestName(name: string): string {
  return name === 'teeTcbSvn' || name === 'reportData' ? name : name.toLowerCase();
}

function kindsOf(entries: readonly { readonly kind: string }[]): string {
  return [...new Set(entries.map(({ kind }) => kind))].sort().join(', ');
}

import * as z from 'zod';
import { bareHexToBytes, bytesToHex, type Hex } from '../bytes/hex.ts';
import { latin1ToText } from '../bytes/text.ts';
import { EvidenceError, formatError } from '../errors.ts';
import type { ExpectedReportData } from '../policy/evidence-policy.ts';
import { strictEvidencePolicy } from '../policy/evidence-policy.ts';
import { type SevSnpPolicy, strictSevSnpPolicy } from '../policy/sev-snp-policy.ts';
import { amdRoots } from '../sev-snp/amd-roots.ts';
import { judgeSnpEvidence, type SnpVerdict } from '../sev-snp/appraise.ts';
import { snpPlatformIdOf } from '../sev-snp/measurement.ts';
import { type TrustAnchor, trustAnchorFromCertificate } from '../trust-anchors.ts';
import { type EntryJudge, type ManifestEntry, readEntryPolicy } from './entry.ts';

function hex(byteLength: number) {
  return z
    .string()
    .regex(new RegExp(`^[0-9a-fA-F]{${byteLength * 2}}$`))
    .transform((digits): Hex => bytesToHex(bareHexToBytes(digits)));
}

const svn = z.int().min(0).max(0xff).default(0);
const minTcb = z.strictObject({ fmc: svn, bl: svn, tee: svn, snp: svn, ucode: svn });

/** What an entry may ask; the names that manifests use for other formats keep their meaning. */
const policySchema = z.strictObject({
  maxVmpl: z.int().min(0).max(3).default(0),
  minTcb: minTcb.optional(),
  minGuestSvn: z.int().min(0).optional(),
  expectedReportData: hex(64).optional(),
  allowMeasurement: z.array(hex(48)).optional(),
  allowHostData: z.array(hex(32)).optional(),
  allowIdKeyDigest: z.array(hex(48)).optional(),
  allowAuthorKeyDigest: z.array(hex(48)).optional(),
  allowChipId: z.array(hex(64)).optional(),
  allowCspId: z.array(z.string()).optional(),
  allowMigrationAgent: z.array(hex(32)).optional(),
});

type EntryPolicy = z.infer<typeof policySchema>;

const knownFiles: readonly string[] = ['report', 'leaf', 'chain', 'root', 'crl', 'hcl'];

/**
 * Judges an entry of kind `sev-snp-report`: files `report`, `leaf`, `chain` and optionally `crl`, `hcl`, `root`. An
 * entry without CRL is judged without revocation, and the verdict shows it.
 */
export const judgeSevSnpEntry: EntryJudge = (entry, read) => {
  const policy = readEntryPolicy(policySchema, entry);
  const odd = Object.keys(entry.files).find((field) => !knownFiles.includes(field));
  if (odd !== undefined) throw formatError(`entry ${entry.id}, files`, { actual: `unknown field ${odd}` });
  const verdict = judgeSnpEvidence(
    {
      report: read('report'),
      certificates: { leaf: read('leaf'), issuersPem: latin1ToText(read('chain')) },
      crl: entry.files.crl === undefined ? 'unchecked' : read('crl'),
      ...(entry.files.hcl === undefined ? {} : { azure: { hclReport: read('hcl') } }),
      atUnixSec: entry.at,
      trustAnchors: trustAnchorsOf(entry, read),
    },
    strictEvidencePolicy({ sevSnp: policyOf(policy) }),
    expectedReportData(policy),
  );
  const { ok, reason, checks } = verdict;
  return {
    verdict: ok ? 'valid' : 'invalid',
    ...(reason === undefined ? {} : { reason }),
    fields: fieldsOf(verdict),
    checks,
  };
};

/** A root that is no certificate is nobody's root. */
function trustAnchorsOf(
  entry: ManifestEntry,
  read: (fileField: string) => Uint8Array,
): readonly TrustAnchor[] {
  if (entry.files.root === undefined) return amdRoots;
  try {
    return [trustAnchorFromCertificate(read('root'), false)];
  } catch (error) {
    if (error instanceof EvidenceError) return [];
    throw error;
  }
}

/** The defaults behind manifests: no debug, no migration agent, VMPL 0; floors and allow-lists where asked for. */
function policyOf(policy: EntryPolicy): SevSnpPolicy {
  const anyOf = <T>(list: readonly T[] | undefined) => (list === undefined ? 'ignore' : { anyOf: list });
  return {
    ...strictSevSnpPolicy([]),
    signingKey: { anyOf: ['VCEK', 'VLEK'] },
    cspId: anyOf(policy.allowCspId),
    revocationChecked: 'ignore',
    tcbFloors: floorsOf(policy.minTcb),
    provisionalFirmware: 'ignore',
    vmpl: { anyOf: [0, 1, 2, 3].slice(0, policy.maxVmpl + 1) },
    migrationAgent: { anyOf: policy.allowMigrationAgent ?? [] },
    cxlAllowed: 'ignore',
    unknownPolicyBits: 'ignore',
    platformEccEnabled: 'ignore',
    aliasCheckComplete: 'ignore',
    measurementHash: 'ignore',
    measurement: anyOf(policy.allowMeasurement),
    hostData: anyOf(policy.allowHostData),
    idKeyDigest: anyOf(policy.allowIdKeyDigest),
    authorKeyDigest: anyOf(policy.allowAuthorKeyDigest),
    guestSvn: policy.minGuestSvn === undefined ? 'ignore' : { atLeast: policy.minGuestSvn },
    platformId: anyOf(policy.allowChipId?.map(snpPlatformIdOf)),
    azureParavisor: 'ignore',
  };
}

/** One floor under reported, committed and launch TCB. A part that a product lacks has no floor there. */
function floorsOf(minTcb: EntryPolicy['minTcb']): SevSnpPolicy['tcbFloors'] {
  const { fmc, ...milan } = minTcb ?? { fmc: 0, bl: 0, tee: 0, snp: 0, ucode: 0 };
  const floors = <Parts>(atLeast: Parts) => ({
    reported: { atLeast },
    committed: { atLeast },
    launch: { atLeast },
    current: 'ignore' as const,
  });
  return { Milan: floors(milan), Genoa: floors(milan), Turin: floors({ fmc, ...milan }) };
}

function expectedReportData({ expectedReportData: all }: EntryPolicy): ExpectedReportData {
  if (all === undefined) return { keys: 'ignore', nonce: 'ignore' };
  return { keys: { equals: `0x${all.slice(2, 66)}` }, nonce: { equals: `0x${all.slice(66)}` } };
}

/** The verdict in the words of manifests. */
function fieldsOf({ report, product, tcb }: SnpVerdict): Record<string, unknown> {
  if (report === undefined) return {};
  const { policy, platformInfo, flags } = report;
  const bare = (field: Hex): string => field.slice(2);
  return {
    version: report.version,
    vmpl: report.vmpl,
    policy: policy.value,
    guestSvn: report.guestSvn,
    measurement: bare(report.measurement),
    hostData: bare(report.hostData),
    reportData: bare(report.reportData),
    idKeyDigest: bare(report.idKeyDigest),
    authorKeyDigest: bare(report.authorKeyDigest),
    familyId: bare(report.familyId),
    imageId: bare(report.imageId),
    reportId: bare(report.reportId),
    reportIdMa: bare(report.reportIdMa),
    chipId: bare(report.chipId),
    platformInfo: platformInfo.value,
    reportedTcb: bare(report.reportedTcb),
    committedTcb: bare(report.committedTcb),
    currentTcb: bare(report.currentTcb),
    launchTcb: bare(report.launchTcb),
    signingKey: flags.signingKey,
    maskChipKey: flags.maskChipKey,
    authorKeyEn: flags.authorKeyEnabled,
    debug: policy.debug,
    migrateMa: policy.migrateMa,
    smtAllowed: policy.smtAllowed,
    product,
    tcb: tcb?.reported,
  };
}

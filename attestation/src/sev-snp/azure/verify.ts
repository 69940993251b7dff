import { equalBytes } from '../../bytes/equal-bytes.ts';
import { bytesToHex, type Hex, hexToBytes } from '../../bytes/hex.ts';
import type { CheckLog, Outcome } from '../../check-log.ts';
import { sha256 } from '../../crypto/index.ts';
import { EvidenceError } from '../../errors.ts';
import type { SnpCheckId } from '../check-ids.ts';
import type { ParsedSnpReport } from '../parse.ts';
import { parseHclReport } from './hcl-report.ts';
import { parseRuntimeClaims } from './runtime-claims.ts';
import type { TpmQuote } from './tpm-quote.ts';
import { type Pcrs, type VtpmEvidence, verifyVtpm, vtpmChecks } from './verify-vtpm.ts';

/** What a confidential VM on Azure adds to its report, which only covers the paravisor's own statement. */
export type AzureEvidence = {
  /** Contents of the vTPM's NV index 0x01400001; holds the report a second time. */
  readonly hclReport: Uint8Array;
  readonly vtpm?: VtpmEvidence;
};

/** JSON-ready. */
export type AzureFacts = {
  readonly userData: Hex | undefined;
  readonly attestationKeySha256: Hex;
  readonly vmConfiguration: Readonly<Record<string, unknown>> | undefined;
  readonly trailingByteCount: number;
  /** Only once its signature is verified. */
  readonly vtpm: TpmQuote | undefined;
  /** Only once they hash to the digest of a verified quote. */
  readonly pcrs: Pcrs | undefined;
};

const hclChecks = ['azure.format', 'azure.report', 'azure.runtime-data', 'azure.claims'] as const;

/** Report → runtime JSON → vTPM key → vTPM quote: only at its end stands the caller's nonce. */
export function verifyAzure(
  log: CheckLog<SnpCheckId>,
  report: Outcome<ParsedSnpReport>,
  azure: AzureEvidence | undefined,
): AzureFacts | undefined {
  if (azure === undefined) {
    for (const id of [...hclChecks, ...vtpmChecks]) log.ignore(id, 'no evidence of Azure');
    return undefined;
  }
  const hcl = log.run('azure.format', [], () => parseHclReport(azure.hclReport));
  const embedded = log.assert('azure.report', [report, hcl], ({ bytes }, { reportBytes }) => {
    if (equalBytes(bytes, reportBytes)) return;
    throw new EvidenceError('binding', 'report in the HCL blob', { expected: 'the given report' });
  });
  const bound = log.assert('azure.runtime-data', [report, hcl], (one, { runtimeData }) =>
    assertRuntimeData(one, runtimeData),
  );
  // Nobody reads a JSON that the report does not vouch for.
  const claims = log.run('azure.claims', [embedded, bound, hcl], (_embedded, _bound, { runtimeData }) =>
    parseRuntimeClaims(runtimeData),
  );
  const { quote, pcrs } = verifyVtpm(log, azure.vtpm, claims);
  if (claims.value === undefined || hcl.value === undefined) return undefined;
  const { attestationKey, userData, vmConfiguration } = claims.value;
  return {
    userData,
    attestationKeySha256: bytesToHex(sha256(attestationKey.modulus)),
    vmConfiguration,
    trailingByteCount: hcl.value.trailingByteCount,
    vtpm: quote,
    pcrs,
  };
}

/** Report data [0:32] is the JSON's hash: the paravisor fills it, so no nonce of the guest's can stand there. */
function assertRuntimeData({ report }: ParsedSnpReport, runtimeData: Uint8Array): void {
  const expected = bytesToHex(sha256(runtimeData));
  const actual = bytesToHex(hexToBytes(report.reportData).subarray(0, 32));
  if (actual === expected) return;
  throw new EvidenceError('binding', 'report data', { expected: `${expected} (runtime data)`, actual });
}

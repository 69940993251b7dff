import type { Hex } from '../bytes/hex.ts';
import type { Check } from '../check-log.ts';
import { evidenceHash } from '../dcap/hashes.ts';
import { parseTdxQuote } from '../dcap/parse-quote.ts';
import type { EvidenceReason } from '../errors.ts';
import type { SnpVerdict } from '../sev-snp/appraise.ts';
import { parseSnpChain } from '../sev-snp/certificates.ts';
import { snpEvidenceHash } from '../sev-snp/measurement.ts';
import { parseSnpReport } from '../sev-snp/parse.ts';
import type { SnpEvidence } from '../sev-snp/verify.ts';
import type { Verdict } from '../tdx/appraise.ts';

/** The verdict of the CPU evidence, of whichever format: it comes first, and GPUs count only behind it. */
export type CpuPart = {
  readonly ok: boolean;
  readonly reason: EvidenceReason | undefined;
  readonly checks: readonly Check[];
  readonly simulated: boolean;
  readonly earliestExpiryUnixSec: number | undefined;
  /** 64 bytes. */
  readonly reportData: Hex | undefined;
  /** The hash that receipts cite, with this GPU evidence in it; undefined while the CPU part itself is in doubt. */
  readonly evidenceHashWith: (gpuEvidenceSha256: Uint8Array) => Hex | undefined;
};

/** From a TDX verdict and the very quote that it judged. */
export function tdxCpuPart(verdict: Verdict, quote: Uint8Array): CpuPart {
  return {
    ...outcomeOf(verdict),
    reportData: verdict.quote?.report.reportData,
    evidenceHashWith: (gpu) => (verdict.ok ? evidenceHash(parseTdxQuote(quote), gpu) : undefined),
  };
}

/** From a SEV-SNP verdict and the very evidence that it judged. */
export function snpCpuPart(verdict: SnpVerdict, { report, certificates }: SnpEvidence): CpuPart {
  return {
    ...outcomeOf(verdict),
    reportData: verdict.report?.reportData,
    evidenceHashWith: (gpu) => {
      if (!verdict.ok) return undefined;
      const parsed = parseSnpReport(report);
      const { leaf } = parseSnpChain(certificates, parsed.report.flags.signingKey);
      return snpEvidenceHash(parsed.bytes, leaf.der, gpu);
    },
  };
}

type Outcome = Pick<CpuPart, 'ok' | 'reason' | 'checks' | 'simulated' | 'earliestExpiryUnixSec'>;

function outcomeOf({ ok, reason, checks, simulated, earliestExpiryUnixSec }: Outcome): Outcome {
  return { ok, reason, checks, simulated, earliestExpiryUnixSec };
}

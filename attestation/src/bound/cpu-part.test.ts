import { expect, test } from '@jest/globals';
import { strictEvidencePolicy } from '../policy/evidence-policy.ts';
import { strictSevSnpPolicy } from '../policy/sev-snp-policy.ts';
import { strictTdxPolicy } from '../policy/tdx-policy.ts';
import { judgeSnpEvidence } from '../sev-snp/appraise.ts';
import { sampleEvidence } from '../simulated/sample-evidence.ts';
import { sampleSnpEvidence } from '../simulated/sev-snp/sample-evidence.ts';
import { judgeTdxEvidence } from '../tdx/appraise.ts';
import { snpCpuPart, tdxCpuPart } from './cpu-part.ts';

const noGpu = new Uint8Array(32);
const gpu = new Uint8Array(32).fill(7);
const anyReportData = { keys: 'ignore', nonce: 'ignore' } as const;
const policy = {
  ...strictEvidencePolicy({
    tdx: { ...strictTdxPolicy([]), measurementHash: 'ignore' },
    sevSnp: { ...strictSevSnpPolicy([]), measurementHash: 'ignore' },
  }),
  allowSimulated: true,
};

const tdx = sampleEvidence();
const snp = sampleSnpEvidence();

test('of TDX, the evidence hash without GPUs is the verdict’s own, and GPUs change it', () => {
  const verdict = judgeTdxEvidence(tdx, policy, anyReportData);
  const part = tdxCpuPart(verdict, tdx.quote);
  expect(verdict.ok).toBe(true);
  expect(part).toMatchObject({ ok: true, simulated: true, reportData: verdict.quote?.report.reportData });
  expect(part.evidenceHashWith(noGpu)).toBe(verdict.evidenceHash);
  expect(part.evidenceHashWith(gpu)).not.toBe(verdict.evidenceHash);
});

test('of SEV-SNP likewise', () => {
  const verdict = judgeSnpEvidence(snp, policy, anyReportData);
  const part = snpCpuPart(verdict, snp);
  expect(verdict.checks.filter(({ result }) => result === 'fail')).toEqual([]);
  expect(part.reportData).toBe(verdict.report?.reportData);
  expect(part.evidenceHashWith(noGpu)).toBe(verdict.evidenceHash);
  expect(part.evidenceHashWith(gpu)).not.toBe(verdict.evidenceHash);
});

test('a CPU part in doubt has no evidence hash to cite, and no bytes of it are read again', () => {
  const badQuote = tdx.quote.slice(0, 40);
  const badReport = { ...snp, report: new Uint8Array(3) };
  const parts = [
    tdxCpuPart(judgeTdxEvidence({ ...tdx, quote: badQuote }, policy, anyReportData), badQuote),
    snpCpuPart(judgeSnpEvidence(badReport, policy, anyReportData), badReport),
  ];
  for (const part of parts) {
    expect(part).toMatchObject({ ok: false, reportData: undefined });
    expect(part.evidenceHashWith(gpu)).toBeUndefined();
  }
});

import { expect, test } from '@jest/globals';
import type { SnpEvidence } from '../sev-snp/index.ts';
import {
  sampleAzureEvidence,
  sampleMachine,
  sampleSnpEvidence,
  snpSampleAtUnixSec,
} from '../simulated/sev-snp/sample-evidence.ts';
import { type ManifestEntry, manifestEntrySchema } from './entry.ts';
import { judgeSevSnpEntry } from './judge-sev-snp.ts';

const entry: ManifestEntry = manifestEntrySchema.parse({
  id: 'sample',
  kind: 'sev-snp-report',
  files: { report: 'r', leaf: 'l', chain: 'c', root: 'k' },
  at: snpSampleAtUnixSec,
  expect: { verdict: 'valid' },
});

const machine = sampleMachine();

function reader({ report }: SnpEvidence, others: Record<string, Uint8Array> = {}) {
  const files: Record<string, Uint8Array> = {
    report,
    leaf: machine.leafDer,
    chain: new Uint8Array(Buffer.from(machine.issuersPem)),
    root: machine.rootDer,
    ...others,
  };
  return (field: string) => files[field] ?? new Uint8Array();
}

const read = reader(sampleSnpEvidence());

function withPolicy(policy: Record<string, unknown>) {
  return judgeSevSnpEntry({ ...entry, policy }, read);
}

test('an entry without a list is judged without revocation, and shows it', () => {
  const { verdict, checks, fields } = judgeSevSnpEntry(entry, read);
  expect(verdict).toBe('valid');
  expect(checks.find(({ id }) => id === 'chain.revocation')).toMatchObject({ result: 'ignored' });
  expect(fields).toMatchObject({ product: 'Genoa', policy: '0x30000', tcb: { snp: 23 }, signingKey: 'VCEK' });
});

test('an entry’s list counts', () => {
  const files = { ...entry.files, crl: 'x' };
  const judged = (crl: Uint8Array) =>
    judgeSevSnpEntry({ ...entry, files }, reader(sampleSnpEvidence(), { crl }));
  expect(judged(machine.crl()).verdict).toBe('valid');
  expect(judged(machine.crl('revoked'))).toMatchObject({ verdict: 'invalid', reason: 'revoked' });
});

test('an HCL blob is judged with the report', () => {
  const evidence = sampleAzureEvidence();
  const files = { ...entry.files, hcl: 'h' };
  const judged = (hcl: Uint8Array) => judgeSevSnpEntry({ ...entry, files }, reader(evidence, { hcl }));
  expect(judged(evidence.azure.hclReport).verdict).toBe('valid');
  expect(judged(evidence.azure.hclReport.slice(0, 1300))).toMatchObject({ reason: 'format' });
});

test('without a root of its own the evidence needs one of AMD', () => {
  const { root: _, ...files } = entry.files;
  expect(judgeSevSnpEntry({ ...entry, files }, read)).toMatchObject({ verdict: 'invalid', reason: 'chain' });
});

test('a root that is no certificate vouches for nothing', () => {
  const broken = reader(sampleSnpEvidence(), { root: Uint8Array.of(0x30, 0) });
  expect(judgeSevSnpEntry(entry, broken)).toMatchObject({ verdict: 'invalid', reason: 'chain' });
});

test('a root that cannot be read is no verdict', () => {
  const failing = (field: string): Uint8Array => {
    if (field === 'root') throw new Error('no such file');
    return read(field);
  };
  expect(() => judgeSevSnpEntry(entry, failing)).toThrow('no such file');
});

test('a broken report leaves no fields', () => {
  const cut = reader({ ...sampleSnpEvidence(), report: new Uint8Array(10) });
  expect(judgeSevSnpEntry(entry, cut)).toMatchObject({ verdict: 'invalid', reason: 'format', fields: {} });
});

test.each([
  [{ minTcb: { ucode: 84 } }, 'valid'],
  [{ minTcb: { ucode: 85 } }, 'invalid'],
  [{ minTcb: { fmc: 9 } }, 'valid'],
  [{ minGuestSvn: 2 }, 'invalid'],
  [{ allowMeasurement: ['5a'.repeat(48)] }, 'valid'],
  [{ allowMeasurement: [] }, 'invalid'],
  [{ allowHostData: ['00'.repeat(32)] }, 'invalid'],
  [{ allowIdKeyDigest: [] }, 'invalid'],
  [{ allowAuthorKeyDigest: [] }, 'invalid'],
  [{ allowChipId: [machine.chipId.slice(2).toUpperCase()] }, 'valid'],
  [{ allowChipId: ['00'.repeat(64)] }, 'invalid'],
  [{ allowCspId: [] }, 'valid'],
  [{ expectedReportData: '00'.repeat(64) }, 'invalid'],
])('the policy %j makes the sample %s', (policy, verdict) => {
  expect(withPolicy(policy).verdict).toBe(verdict);
});

test('a policy or a file that nobody here understands is refused loudly', () => {
  expect(() => withPolicy({ allowDebug: true })).toThrow('entry sample, policy');
  const files = { ...entry.files, tpmQuote: 'q' };
  expect(() => judgeSevSnpEntry({ ...entry, files }, read)).toThrow('tpmQuote');
});

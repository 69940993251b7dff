import { expect, test } from '@jest/globals';
import { p384 } from '@noble/curves/nist.js';
import { bytesToHex } from '../bytes/hex.ts';
import { strictEvidencePolicy } from '../policy/evidence-policy.ts';
import { type SevSnpPolicy, sevSnpPolicySchema, strictSevSnpPolicy } from '../policy/sev-snp-policy.ts';
import { runtimeReportData, writeHclReport, writeRuntimeData } from '../simulated/sev-snp/azure-writer.ts';
import type { SimulatedGuest, SimulatedSnpOptions } from '../simulated/sev-snp/machine.ts';
import {
  sampleAzureEvidence,
  sampleMachine,
  sampleSnpEvidence,
  sampleUserData,
  sampleVtpmNonce,
} from '../simulated/sev-snp/sample-evidence.ts';
import { amdRoots } from './amd-roots.ts';
import { judgeSnpEvidence, type SnpVerdict } from './appraise.ts';
import { parseCertificateTable } from './certificate-table.ts';
import { strangerKey } from './faults/faulty-evidence.ts';
import { simulatedSnpRoots } from './simulated-roots.ts';
import { decodeTcb } from './tcb-version.ts';
import { type SnpEvidence, verifySnpEvidence } from './verify.ts';

const release = verifySnpEvidence(sampleSnpEvidence()).measurementHash ?? '0x';
const anyReportData = { keys: 'ignore', nonce: 'ignore' } as const;

function judge(
  evidence: SnpEvidence,
  override: Partial<SevSnpPolicy> = {},
  expected: Parameters<typeof judgeSnpEvidence>[2] = anyReportData,
): SnpVerdict {
  const sevSnp = { ...strictSevSnpPolicy([release]), ...override };
  return judgeSnpEvidence(evidence, { ...strictEvidencePolicy({ sevSnp }), allowSimulated: true }, expected);
}

const sample = (guest: Partial<SimulatedGuest>, options: Partial<SimulatedSnpOptions> = {}) =>
  sampleSnpEvidence(options, guest);

test('pitfall 7: a root of the right name that came with the evidence is not trusted', () => {
  const forged = sampleSnpEvidence({ rootKey: strangerKey });
  for (const trustAnchors of [amdRoots, simulatedSnpRoots, []]) {
    expect(verifySnpEvidence({ ...forged, trustAnchors })).toMatchObject({ ok: false, reason: 'chain' });
  }
});

test('pitfall 7: a root is its whole certificate: the same key under other dates is another one', () => {
  const redated = sampleSnpEvidence({
    adjust: { root: (root) => ({ ...root, notAfterUnixSec: root.notAfterUnixSec - 1 }) },
  });
  expect(verifySnpEvidence({ ...redated, trustAnchors: simulatedSnpRoots }).ok).toBe(false);
  expect(verifySnpEvidence(redated).ok).toBe(true);
});

test('pitfall 9: no revocation list is a refusal; leaving it out needs the caller and the policy, and shows', () => {
  expect(judge({ ...sampleSnpEvidence(), crl: undefined })).toMatchObject({
    ok: false,
    reason: 'collateral',
  });
  const unchecked = { ...sampleSnpEvidence(), crl: 'unchecked' as const };
  expect(judge(unchecked)).toMatchObject({ ok: false, reason: 'policy' });
  const tolerated = judge(unchecked, { revocationChecked: 'ignore' });
  expect(tolerated).toMatchObject({ ok: true, revocationChecked: false });
  expect(tolerated.checks.find(({ id }) => id === 'chain.revocation')).toMatchObject({ result: 'ignored' });
});

test('pitfall 10: a debuggable guest is refused by default', () => {
  expect(judge(sample({ policy: 0xb_0000n }))).toMatchObject({ ok: false, reason: 'debug' });
});

test('pitfall 11: a high s is as good as a low one', () => {
  const evidence = sampleSnpEvidence();
  expect(verifySnpEvidence({ ...evidence, report: negateS(evidence.report) }).ok).toBe(true);
});

test('pitfall 12: no identity in the verdict hangs on the signature’s bytes alone', () => {
  const evidence = sampleSnpEvidence();
  const a = verifySnpEvidence(evidence);
  const b = verifySnpEvidence({ ...evidence, report: negateS(evidence.report) });
  expect(a.evidenceHash).not.toBe(b.evidenceHash);
  expect([b.platform, b.measurementHash, b.report?.reportId]).toEqual([
    a.platform,
    a.measurementHash,
    a.report?.reportId,
  ]);
});

test('pitfall 15: lengths of a host’s table are checked before anything is read or allocated', () => {
  const table = sampleMachine().certificateTable;
  const view = (bytes: Uint8Array) => new DataView(bytes.buffer);
  const huge = Uint8Array.from(table);
  view(huge).setUint32(20, 0xffff_ffff, true);
  const before = Uint8Array.from(table);
  view(before).setUint32(16, 0, true);
  for (const bytes of [huge, before, new Uint8Array(65 * 1024), table.subarray(0, 20)]) {
    expect(() => parseCertificateTable(bytes)).toThrow('certificate table');
  }
});

test('pitfall 16: runtime data with a key twice is refused even when the report vouches for it', () => {
  const json = Buffer.from(writeRuntimeData({ userData: sampleUserData })).toString('utf8');
  const doubled = new Uint8Array(Buffer.from(json.replace('{"keys"', '{"vm-configuration":{},"keys"')));
  expect(verifySnpEvidence(sampleAzureEvidence({}, 'pkcs1', doubled))).toMatchObject({
    ok: false,
    reason: 'format',
  });
});

test('pitfall 17: HWID is compared as raw octets, and a missing one is no excuse', () => {
  const { chipId } = sampleMachine();
  const other = sample({ chipId: `0x${chipId.slice(2, -2)}00` });
  expect(verifySnpEvidence(other)).toMatchObject({ ok: false, reason: 'binding' });
  const without = sampleSnpEvidence({ adjust: { leafFacts: (leaf) => ({ ...leaf, hwid: undefined }) } });
  expect(verifySnpEvidence(without)).toMatchObject({ ok: false, reason: 'chain' });
});

test('pitfall 17: the signing key that a report names is read', () => {
  for (const code of [1, 2, 6, 7]) {
    expect(verifySnpEvidence(sample({ flags: code << 2 }))).toMatchObject({ ok: false, reason: 'chain' });
  }
});

test('pitfall 17: products do not mix', () => {
  const milan = { family: 0x19, model: 1, stepping: 1 };
  expect(verifySnpEvidence(sample({ cpuid: milan }))).toMatchObject({ ok: false, reason: 'chain' });
});

test('pitfall 18: old firmware is below the default floors, and a rolled-back commit is not hidden', () => {
  const oldTcb = Uint8Array.of(10, 0, 0, 0, 0, 0, 0x15, 84);
  const old = sample(
    { reportedTcb: oldTcb, committedTcb: oldTcb, currentTcb: oldTcb, launchTcb: oldTcb },
    { adjust: { leafFacts: (leaf) => ({ ...leaf, tcb: { bl: 10, tee: 0, snp: 0x15, ucode: 84 } }) } },
  );
  expect(verifySnpEvidence(old).ok).toBe(true);
  expect(judge(old)).toMatchObject({ ok: false, reason: 'policy' });
  const rolledBack = sample({ committedTcb: oldTcb });
  const { checks } = judge(rolledBack, { provisionalFirmware: 'ignore' });
  expect(checks.filter(({ result }) => result === 'fail')).toMatchObject([{ id: 'policy.committedTcb' }]);
});

test('pitfall 19: a Turin TCB is not read as Genoa’s', () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 0, 0, 0, 81);
  expect(decodeTcb(bytes, 'Turin')).toEqual({ fmc: 1, bl: 2, tee: 3, snp: 4, ucode: 81 });
  expect(decodeTcb(bytes, 'Genoa')).toEqual({ bl: 1, tee: 2, snp: 0, ucode: 81 });
  expect(verifySnpEvidence(sample({}, { product: 'Turin' })).tcb?.reported).toEqual({
    fmc: 1,
    bl: 1,
    tee: 1,
    snp: 4,
    ucode: 81,
  });
});

test('pitfall 20: on Azure the nonce is looked for in the vTPM’s quote, never in the report data', () => {
  const azure = { azureParavisor: { equals: true } } as const;
  const nonce = { keys: 'ignore', nonce: { equals: bytesToHex(sampleVtpmNonce) } } as const;
  const evidence = sampleAzureEvidence();
  expect(judge(evidence, azure, nonce).ok).toBe(true);
  expect(judge(sampleAzureEvidence({ nonce: new Uint8Array(32) }), azure, nonce)).toMatchObject({
    ok: false,
    reason: 'binding',
  });
  // Without the quote there is no nonce, whatever the report data says: its second half is zero.
  const zero = { keys: 'ignore', nonce: { equals: `0x${'00'.repeat(32)}` } } as const;
  const bare = { ...evidence, azure: { hclReport: evidence.azure.hclReport } };
  expect(judge(bare, azure, zero)).toMatchObject({ ok: false, reason: 'binding' });
});

test('pitfall 20: on Azure the keys are those of the user data that the report vouches for', () => {
  const azure = { azureParavisor: { equals: true } } as const;
  const keys = { keys: { equals: bytesToHex(sampleUserData.subarray(0, 32)) }, nonce: 'ignore' } as const;
  const evidence = sampleAzureEvidence();
  expect(judge(evidence, azure, keys).ok).toBe(true);
  const forged = writeRuntimeData({ userData: new Uint8Array(64) });
  const other = { ...evidence.azure, hclReport: writeHclReport(evidence.report, forged) };
  expect(judge({ ...evidence, azure: other }, azure, keys)).toMatchObject({ ok: false, reason: 'binding' });
});

test('pitfall 20: a policy that expects no paravisor is not talked into reading its runtime data', () => {
  const json = writeRuntimeData({ userData: sampleUserData });
  const evidence = sample({ reportData: runtimeReportData(json) });
  const azure = { hclReport: writeHclReport(evidence.report, json) };
  expect(judge({ ...evidence, azure })).toMatchObject({ ok: false, reason: 'policy' });
});

test('pitfall 24: development evidence is refused unless the policy asks for it, and says what it is', () => {
  const evidence = { ...sampleSnpEvidence(), trustAnchors: [...amdRoots, ...simulatedSnpRoots] };
  const policy = strictEvidencePolicy({ sevSnp: strictSevSnpPolicy([release]) });
  expect(judgeSnpEvidence(evidence, policy, anyReportData)).toMatchObject({
    ok: false,
    reason: 'policy',
    simulated: true,
  });
});

test('pitfall 25: empty lists allow nothing', () => {
  expect(judge(sampleSnpEvidence(), { measurementHash: { anyOf: [] } }).ok).toBe(false);
  expect(judge(sampleSnpEvidence(), { vmpl: { anyOf: [] } }).ok).toBe(false);
  expect(judge(sampleSnpEvidence(), { signingKey: { anyOf: [] } }).ok).toBe(false);
});

test('pitfall 25: a policy that leaves a field out is no policy', () => {
  const whole = strictSevSnpPolicy([release]);
  expect(sevSnpPolicySchema.safeParse(JSON.parse(JSON.stringify(whole))).success).toBe(true);
  for (const field of Object.keys(whole)) {
    const { [field as keyof SevSnpPolicy]: _, ...rest } = whole;
    expect(sevSnpPolicySchema.safeParse(rest).success).toBe(false);
  }
  expect(sevSnpPolicySchema.safeParse({ ...whole, minTcb: {} }).success).toBe(false);
});

test('pitfall 28: memory that was not checked for aliases is refused by default', () => {
  const unchecked = sample({ platformInfo: 0x05n });
  const { checks } = judge(unchecked);
  expect(checks.filter(({ result }) => result === 'fail')).toMatchObject([
    { id: 'policy.aliasCheckComplete' },
  ]);
});

/** s → n − s in the little-endian field of a report. */
function negateS(report: Uint8Array): Uint8Array {
  const at = 0x2a0 + 72;
  const s = BigInt(bytesToHex(report.slice(at, at + 48).reverse()));
  const negated = (p384.Point.Fn.ORDER - s).toString(16).padStart(96, '0');
  const changed = Uint8Array.from(report);
  changed.set(Uint8Array.from(Buffer.from(negated, 'hex')).reverse(), at);
  return changed;
}

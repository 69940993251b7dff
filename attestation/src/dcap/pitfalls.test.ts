import { expect, test } from '@jest/globals';
import { p256 } from '@noble/curves/nist.js';
import { parseTdxTcbInfo } from '../collateral/tcb-info.ts';
import { CollateralCache } from '../collateral/verified-collateral.ts';
import { strictEvidencePolicy } from '../policy/evidence-policy.ts';
import { strictSgxPolicy } from '../policy/sgx-policy.ts';
import { strictTdxPolicy, type TdxPolicy } from '../policy/tdx-policy.ts';
import { judgeSgxEvidence } from '../sgx/appraise.ts';
import { sampleEvidence, sampleSgxEvidence } from '../simulated/sample-evidence.ts';
import { judgeTdxEvidence, type Verdict } from '../tdx/appraise.ts';
import { verifyTdxEvidence } from '../tdx/verify.ts';
import { intelSgxRootCa, simulatedRootCa } from '../trust-anchors.ts';
import { collateralFaults } from './faults/collateral-faults.ts';
import { type Fault, forgeOf, forms, tdxV4 } from './faults/faulty-evidence.ts';
import { platformFaults } from './faults/platform-faults.ts';
import { moduleFaults, quoteFaults } from './faults/quote-faults.ts';
import type { DcapEvidence } from './verify.ts';

/** The pitfalls of research note 6, as far as they concern DCAP; each on every form of quote where it can occur. */
const anyReportData = { keys: 'ignore', nonce: 'ignore' } as const;

function judge(evidence: DcapEvidence, override: Partial<TdxPolicy> = {}): Verdict {
  const tdx: TdxPolicy = { ...strictTdxPolicy([]), measurementHash: 'ignore', ...override };
  return judgeTdxEvidence(
    evidence,
    { ...strictEvidencePolicy({ tdx }), allowSimulated: true },
    anyReportData,
  );
}

/** Every fault whose check starts with one of `ids` is refused for TDX and SGX, with collateral in the cache too. */
function expectRefused(...ids: string[]): void {
  const cache = new CollateralCache();
  const isMeant = ([id]: Fault): boolean => ids.some((one) => id.startsWith(one));
  for (const form of forms.filter(({ name }) => name === 'TDX v4' || name === 'SGX v3')) {
    const forge = forgeOf(form);
    expect(form.verify({ ...form.sample(), cache }).ok).toBe(true);
    const all = [...quoteFaults(forge), ...platformFaults(forge), ...collateralFaults(forge)];
    const faults = [...all, ...(form === tdxV4 ? moduleFaults(forge) : [])].filter(isMeant);
    expect(faults.length).toBeGreaterThan(0);
    const accepted = faults.filter(([, , evidence]) => form.verify({ ...evidence(), cache }).ok);
    expect(accepted.map(([, fault]) => fault)).toEqual([]);
  }
}

test('pitfall 1: the identity of the quoting enclave is always verified', () => {
  expectRefused('qe-report.identity', 'qe-identity.', 'tcb.qe');
});

test('pitfall 2: revocation lists are authenticated, in date and of the right issuer', () => {
  expectRefused('root-crl.', 'pck-crl.', 'pck.revocation');
});

test('pitfall 3: the attestation key is bound to the quoting enclave, by both halves of its report data', () => {
  expectRefused('qe-report.binding');
  const bound = Buffer.from(
    verifyTdxEvidence(sampleEvidence()).quote?.qeReport.reportData.slice(2) ?? '',
    'hex',
  );
  const secondHalf = Uint8Array.from(bound, (byte, at) => (at === 63 ? 1 : byte));
  const { checks } = verifyTdxEvidence(sampleEvidence({ adjust: { qeReport: { reportData: secondHalf } } }));
  expect(checks.find(({ result }) => result === 'fail')).toMatchObject({ id: 'qe-report.binding' });
});

const svn = (...leading: number[]): Uint8Array =>
  Uint8Array.from({ length: 16 }, (_, at) => leading[at] ?? 0);

test('pitfall 4: the TDX module has an identity and a status of its own, and makes the merged one no better', () => {
  const forge = forgeOf(tdxV4);
  for (const [, , evidence] of moduleFaults(forge)) expect(verifyTdxEvidence(evidence()).ok).toBe(false);
  const old = judge(sampleEvidence({}, { teeTcbSvn: svn(7, 1, 4) }), { tcbStatus: 'ignore' });
  expect(old).toMatchObject({
    platformStatus: 'UpToDate',
    moduleStatus: 'OutOfDate',
    tcbStatus: 'OutOfDate',
  });
});

test('pitfall 5: TEE_TCB_SVN[1] is the module’s version and [0] its SVN, not the other way round', () => {
  // Version 0: no identity of its own, and components 0 and 1 are compared like the others.
  const unversioned = judge(sampleEvidence({}, { teeTcbSvn: svn(5, 0, 4) }));
  expect(unversioned).toMatchObject({ ok: true, moduleStatus: undefined, tcbStatus: 'UpToDate' });
  // Swapped, the version is unlisted.
  expect(judge(sampleEvidence({}, { teeTcbSvn: svn(1, 11, 4) }))).toMatchObject({ reason: 'collateral' });
  // Below the platform level in component 0, which is the module's here.
  expect(judge(sampleEvidence({}, { teeTcbSvn: svn(11, 1, 4) })).platformStatus).toBe('UpToDate');
});

test('pitfall 6: advisories of platform, module and quoting enclave are all in the merged list, each once', () => {
  const evidence = sampleEvidence(
    {
      tcb: { status: 'ConfigurationNeeded', advisoryIds: ['HEARTH-SIM-0009', 'HEARTH-SIM-0001'] },
      adjust: { qeReport: { isvSvn: Uint8Array.of(4, 0) } },
    },
    { teeTcbSvn: svn(7, 1, 4) },
  );
  expect(judge(evidence, { tcbStatus: 'ignore' })).toMatchObject({
    platformStatus: 'ConfigurationNeeded',
    moduleStatus: 'OutOfDate',
    qeStatus: 'OutOfDate',
    tcbStatus: 'OutOfDateConfigurationNeeded',
    advisoryIds: ['HEARTH-SIM-0001', 'HEARTH-SIM-0003', 'HEARTH-SIM-0009'],
  });
});

test('pitfall 7: the root inside the evidence is only compared with the one that is given', () => {
  for (const form of forms) {
    const forge = forgeOf(form);
    expect(form.verify(forge.forged())).toMatchObject({ ok: false, reason: 'chain' });
    for (const trustAnchors of [[], [intelSgxRootCa]]) {
      expect(form.verify({ ...form.sample(), trustAnchors })).toMatchObject({ ok: false, reason: 'chain' });
    }
  }
  // Name and key alone are not the root.
  const renamed = { ...simulatedRootCa, certificateSha256: intelSgxRootCa.certificateSha256 };
  expect(verifyTdxEvidence({ ...sampleEvidence(), trustAnchors: [renamed] }).ok).toBe(false);
});

test('pitfall 8: only the TCB signing certificate signs TCB Info, not any key under the root', () => {
  expectRefused('tcb-info.signer', 'qe-identity.signer');
});

test('pitfall 9: no part of the collateral can be left out, but for chains that the quote brings itself', () => {
  const { collateral, ...rest } = sampleEvidence();
  const names = Object.keys(collateral) as (keyof typeof collateral)[];
  const dispensable = names.filter((name) => {
    const { [name]: _, ...others } = collateral;
    return verifyTdxEvidence({ ...rest, collateral: others as typeof collateral }).ok;
  });
  expect(dispensable).toEqual(['pck_crl_issuer_chain']);
});

test('pitfall 10: debug evidence is refused by default', () => {
  const debugTd = judge(sampleEvidence({}, { tdAttributes: '0x0100001000000000' }));
  expect(debugTd).toMatchObject({ ok: false, reason: 'debug' });
  const sgx = { ...strictSgxPolicy([]), enclave: 'ignore' } as const;
  const policy = { ...strictEvidencePolicy({ sgx }), allowSimulated: true };
  const debugEnclave = sampleSgxEvidence({}, { attributes: '0x0700000000000000e700000000000000' });
  expect(judgeSgxEvidence(debugEnclave, policy, anyReportData)).toMatchObject({ ok: false, reason: 'debug' });
  expect(judgeSgxEvidence(sampleSgxEvidence(), policy, anyReportData).ok).toBe(true);
});

/** The same signature with n − s in place of s. */
function otherS(bytes: Uint8Array, at: number): Uint8Array {
  const s = BigInt(`0x${Buffer.from(bytes.subarray(at + 32, at + 64)).toString('hex')}`);
  const turned = (p256.Point.Fn.ORDER - s).toString(16).padStart(64, '0');
  return Uint8Array.from([
    ...bytes.subarray(0, at + 32),
    ...Buffer.from(turned, 'hex'),
    ...bytes.subarray(at + 64),
  ]);
}

test('pitfall 11: high and low s are both accepted, in every signature of a quote', () => {
  for (const form of forms) {
    const { offset } = form;
    const evidence = form.sample();
    for (const at of [offset.quoteSignature, offset.qeReportSignature]) {
      expect(form.verify({ ...evidence, quote: otherS(evidence.quote, at) }).ok).toBe(true);
    }
  }
});

test('pitfall 12: the platform, not the bytes of a quote, is the identity: n − s names the same platform', () => {
  const evidence = sampleEvidence();
  const other = { ...evidence, quote: otherS(evidence.quote, tdxV4.offset.quoteSignature) };
  const [one, two] = [verifyTdxEvidence(evidence), verifyTdxEvidence(other)];
  expect(two.platform?.platformId).toBe(one.platform?.platformId);
  expect(two.measurementHash).toBe(one.measurementHash);
  expect(two.evidenceHash).not.toBe(one.evidenceHash);
});

test('pitfall 13: both dates of collateral count, and the evaluation number has a floor', () => {
  expectRefused('tcb-info.validity', 'qe-identity.validity', 'pck.validity');
  const floor = (atLeast: number) => ({ tcbEvaluationDataNumber: { atLeast } });
  expect(judge(sampleEvidence(), floor(20)).ok).toBe(true);
  expect(judge(sampleEvidence(), floor(21))).toMatchObject({ ok: false, reason: 'policy' });
});

test('pitfall 14: certificates and lists with anything behind them, or of another time form, are refused', () => {
  const { collateral, ...rest } = sampleEvidence();
  const trailing = { ...collateral, root_ca_crl: `${collateral.root_ca_crl}00` };
  expect(verifyTdxEvidence({ ...rest, collateral: trailing })).toMatchObject({
    ok: false,
    reason: 'collateral',
  });
  // UTCTime (0x17) relabelled as GeneralizedTime (0x18).
  const time = collateral.pck_crl.indexOf('170d');
  const relabelled = `${collateral.pck_crl.slice(0, time)}180d${collateral.pck_crl.slice(time + 4)}`;
  expect(time).toBeGreaterThan(0);
  expect(verifyTdxEvidence({ ...rest, collateral: { ...collateral, pck_crl: relabelled } }).ok).toBe(false);
});

test('pitfall 15: sizes are bounded, and components are sixteen', () => {
  for (const form of forms) {
    const evidence = form.sample();
    const huge = { ...evidence, quote: new Uint8Array(16 * 1024 + 1) };
    expect(form.verify(huge)).toMatchObject({ ok: false, reason: 'format' });
    const collateral = { ...evidence.collateral, tcb_info: ' '.repeat(256 * 1024) };
    expect(form.verify({ ...evidence, collateral })).toMatchObject({ ok: false, reason: 'collateral' });
  }
  expectRefused('tcb-info.format');
});

test('pitfall 16: the signed text is verified as it came, and duplicate keys are refused though signed', () => {
  expectRefused('tcb-info.signature', 'qe-identity.signature');
  const { collateral } = sampleEvidence();
  const doubled = collateral.tcb_info.replace('{', '{"version":3,');
  expect(() => parseTdxTcbInfo(doubled)).toThrow('every key once');
});

test('pitfall 25: an empty allow-list allows nothing', () => {
  for (const field of ['mrtd', 'mrSeam', 'platformId', 'fmspc', 'measurementHash'] as const) {
    expect(judge(sampleEvidence(), { [field]: { anyOf: [] } })).toMatchObject({
      ok: false,
      reason: 'policy',
    });
  }
  const sgx = strictSgxPolicy([]);
  const policy = { ...strictEvidencePolicy({ sgx }), allowSimulated: true };
  expect(judgeSgxEvidence(sampleSgxEvidence(), policy, anyReportData)).toMatchObject({ reason: 'policy' });
});

import { expect, test } from '@jest/globals';
import { writeRuntimeData } from '../simulated/sev-snp/azure-writer.ts';
import {
  snpSampleAtUnixSec as at,
  sampleAzureEvidence,
  sampleGuest,
  sampleMachine,
  sampleSnpEvidence,
} from '../simulated/sev-snp/sample-evidence.ts';
import { snpCheckReasons } from './check-ids.ts';
import { azureFaults } from './faults/azure-faults.ts';
import { certificateFaults } from './faults/certificate-faults.ts';
import { crlFaults } from './faults/crl-faults.ts';
import { leafFaults } from './faults/leaf-faults.ts';
import { reportFaults } from './faults/report-faults.ts';
import { snpProducts } from './product.ts';
import { simulatedSnpRoots } from './simulated-roots.ts';
import { verifySnpEvidence } from './verify.ts';

const faults = [...reportFaults, ...certificateFaults, ...leafFaults, ...crlFaults, ...azureFaults];
const day = 86_400;

test('evidence without a fault passes every check', () => {
  const { ok, checks, reason, simulated, earliestExpiryUnixSec } = verifySnpEvidence(sampleAzureEvidence());
  expect(checks.filter(({ result }) => result !== 'pass')).toEqual([]);
  expect(checks.map(({ id }) => id)).toEqual(Object.keys(snpCheckReasons));
  expect({ ok, reason, simulated }).toEqual({ ok: true, reason: undefined, simulated: true });
  expect(earliestExpiryUnixSec).toBe(at + 30 * day);
});

test.each(faults)('%s fails when %s', (id, _fault, evidence) => {
  const verification = verifySnpEvidence(evidence());
  const firstFailed = verification.checks.find(({ result }) => result === 'fail');
  expect(firstFailed).toMatchObject({ id, reason: snpCheckReasons[id] });
  expect(verification).toMatchObject({ ok: false, reason: snpCheckReasons[id] });
  expect(verification.earliestExpiryUnixSec).toBeUndefined();
  expect(verification.checks.map((check) => check.id)).toEqual(Object.keys(snpCheckReasons));
});

test('every check has a fault that only it sees first', () => {
  expect(new Set(faults.map(([id]) => id))).toEqual(new Set(Object.keys(snpCheckReasons)));
});

const shapes = snpProducts.flatMap((product) =>
  (['VCEK', 'VLEK'] as const).flatMap((endorsement) =>
    [2, 3, 5].map((version) => [product, endorsement, version] as const),
  ),
);

test.each(shapes)('%s, %s, version %i', (product, endorsement, version) => {
  const evidence = sampleSnpEvidence({ product, endorsement }, { version });
  const { ok, platform, leaf, ...facts } = verifySnpEvidence({
    ...evidence,
    trustAnchors: simulatedSnpRoots,
  });
  const { chipId, platformId } = sampleMachine({ product });
  expect({ ok, product: facts.product, version: facts.report?.version }).toEqual({
    ok: true,
    product,
    version,
  });
  expect(leaf).toMatchObject({ kind: endorsement, product });
  expect(platform).toEqual(endorsement === 'VLEK' ? undefined : { chipId, platformId });
  expect(facts.tcb?.reported).toEqual(leaf?.tcb);
});

test('a host’s certificate table does as well as the key server’s files', () => {
  const { certificateTable: table, issuersPem } = sampleMachine();
  for (const certificates of [{ table }, { table, issuersPem }]) {
    expect(verifySnpEvidence({ ...sampleSnpEvidence(), certificates }).ok).toBe(true);
  }
  const vlek = sampleSnpEvidence({ endorsement: 'VLEK' });
  const withVlek = {
    ...vlek,
    certificates: { table: sampleMachine({ endorsement: 'VLEK' }).certificateTable },
  };
  expect(verifySnpEvidence(withVlek).ok).toBe(true);
});

test('the four TCB versions are kept apart', () => {
  const tcb = (ucode: number) => Uint8Array.of(10, 0, 0, 0, 0, 0, 23, ucode);
  const { ok, tcb: versions } = verifySnpEvidence(
    sampleSnpEvidence({}, { committedTcb: tcb(85), currentTcb: tcb(86), launchTcb: tcb(87) }),
  );
  expect(ok).toBe(true);
  expect(versions).toMatchObject({
    reported: { ucode: 84 },
    committed: { ucode: 85 },
    current: { ucode: 86 },
    launch: { ucode: 87 },
  });
});

test('what the caller leaves out is shown as ignored, and what it leaves open stays open', () => {
  const { ok, checks, revocationChecked, earliestExpiryUnixSec } = verifySnpEvidence({
    ...sampleSnpEvidence(),
    crl: 'unchecked',
  });
  const ignored = checks.filter(({ result }) => result === 'ignored').map(({ id }) => id);
  expect({ ok, revocationChecked }).toEqual({ ok: true, revocationChecked: false });
  expect(ignored).toEqual(
    Object.keys(snpCheckReasons).filter((id) => /^(crl|chain\.revocation|azure|vtpm)/.test(id)),
  );
  expect(earliestExpiryUnixSec).toBe(at + 7 * 365 * day);
});

test('a masked chip stays unknown: no identity is made of its zeros', () => {
  const { ok, platform, checks } = verifySnpEvidence(
    sampleSnpEvidence({}, { flags: 2, chipId: new Uint8Array(64) }),
  );
  expect({ ok, platform }).toEqual({ ok: true, platform: undefined });
  expect(checks.find(({ id }) => id === 'leaf.chip-id')).toMatchObject({ result: 'ignored' });
});

test('a vTPM quote without register values vouches for its nonce alone, and with PSS as well', () => {
  for (const scheme of ['pss', 'pkcs1'] as const) {
    const evidence = sampleAzureEvidence({}, scheme);
    const { pcrs: _, ...vtpm } = evidence.azure.vtpm;
    const { ok, azure } = verifySnpEvidence({ ...evidence, azure: { ...evidence.azure, vtpm } });
    expect(ok).toBe(true);
    expect(azure).toMatchObject({ vtpm: { extraData: `0x${'42'.repeat(32)}`, pcrSelection: [0, 4, 11] } });
    expect(azure?.pcrs).toBeUndefined();
  }
});

test('runtime data without user data name no keys', () => {
  const json = Buffer.from(writeRuntimeData({ userData: new Uint8Array(64) })).toString('utf8');
  const without = new Uint8Array(Buffer.from(json.replace(/,"user-data":"[^"]*"/, '')));
  const { ok, azure } = verifySnpEvidence(sampleAzureEvidence({}, 'pkcs1', without));
  expect(ok).toBe(true);
  expect(azure?.userData).toBeUndefined();
});

test('facts of Azure are given only when the report vouches for them', () => {
  const evidence = sampleAzureEvidence();
  const other = { ...evidence, report: sampleSnpEvidence({}, sampleGuest).report };
  expect(verifySnpEvidence(other).azure).toBeUndefined();
});

test('the pinned development roots are those that the simulated vendor makes', () => {
  const derived = snpProducts.map((product) => sampleMachine({ product }).trustAnchor);
  const pinned = simulatedSnpRoots.map(({ name, ...anchor }) => ({
    ...anchor,
    name: name.replace('Hearth Simulated ', ''),
  }));
  expect(pinned).toEqual(derived);
});

test('a verdict is plain JSON', () => {
  const { pcrs, ...rest } = verifySnpEvidence(sampleAzureEvidence()).azure ?? {};
  expect(pcrs).toMatchObject({ 4: `0x${'a4'.repeat(32)}` });
  // A byte array would turn into an object with numbers for keys.
  const text = JSON.stringify({ ...verifySnpEvidence(sampleSnpEvidence()), azure: rest });
  expect(text).not.toContain('"0":');
});

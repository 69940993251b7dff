import { expect, test } from '@jest/globals';
import { coveredNvidiaEvidence, crlAbout } from '../simulated/nvidia/covered-evidence.ts';
import { createSimulatedDevice } from '../simulated/nvidia/device.ts';
import { nvidiaSampleAtUnixSec as at } from '../simulated/nvidia/sample-evidence.ts';
import { rimMatchReasons } from './check-ids.ts';
import { revocationFaults } from './faults/revocation-faults.ts';
import { rimFaults } from './faults/rim-faults.ts';
import { verifyNvidiaEvidence } from './verify.ts';

const faults = [...revocationFaults, ...rimFaults];
const { specs } = createSimulatedDevice({ chip: 'GH100', seed: 'sample' });

test('with manifests and answers, everything is compared and covered', () => {
  const { ok, rim, revocation, earliestExpiryUnixSec } = verifyNvidiaEvidence(coveredNvidiaEvidence());
  expect({ ok, revocation }).toEqual({ ok: true, revocation: 'device' });
  expect(rim).toMatchObject({ roles: ['driver', 'vbios'], compared: 39, matched: 39, mismatched: [] });
  expect(earliestExpiryUnixSec).toBe(at - 3_600 + 86_400);
});

test.each(faults)('%s fails when %s', (id, _fault, evidence) => {
  const verification = verifyNvidiaEvidence(evidence());
  const firstFailed = verification.checks.find(({ result }) => result === 'fail');
  expect(firstFailed).toMatchObject({ id });
  expect(verification).toMatchObject({ ok: false, reason: firstFailed?.reason });
});

test('every check of revocation and of the fit of manifests has a fault that it sees first', () => {
  const ids = new Set(faults.map(([id]) => id));
  for (const id of Object.keys(rimMatchReasons)) expect(ids).toContain(id);
  for (const id of ['revocation.answers', 'revocation.freshness', 'revocation.status']) {
    expect(ids).toContain(id);
  }
});

test('golden value 35 is skipped where NVDEC0 is disabled, and only there', () => {
  const hopper = verifyNvidiaEvidence(coveredNvidiaEvidence());
  expect(hopper.rim).toMatchObject({ compared: 39, skipped: [36] });
  const blackwell = verifyNvidiaEvidence(coveredNvidiaEvidence({ device: { chip: 'GB100' } }));
  expect(blackwell).toMatchObject({ ok: true, rim: { compared: 40, skipped: [] } });
});

test('blocks that no manifest names are reported, not compared', () => {
  const { rim } = verifyNvidiaEvidence(coveredNvidiaEvidence());
  expect(rim?.uncovered).toEqual(Array.from({ length: 24 }, (_, index) => 41 + index));
});

test('a mismatch names its blocks as the report counts them', () => {
  const other = { values: ['00'.repeat(48)] };
  const { rim } = verifyNvidiaEvidence(
    coveredNvidiaEvidence({
      vbiosRim: (spec) => ({
        ...spec,
        measurements: spec.measurements.map((one) => (one.index === 9 ? { ...one, ...other } : one)),
      }),
    }),
  );
  expect(rim).toMatchObject({ matched: 38, mismatched: [10] });
});

test('a switch is compared with the manifest of its own kind', () => {
  const { ok, rim } = verifyNvidiaEvidence(coveredNvidiaEvidence({ device: { chip: 'LS_10' } }));
  expect({ ok, roles: rim?.roles, matched: rim?.matched }).toEqual({
    ok: true,
    roles: ['vbios'],
    matched: 20,
  });
});

test('CRLs cover the authorities, never the device itself', () => {
  const crls = [crlAbout(specs.provisioner), crlAbout(specs.identity)];
  const both = verifyNvidiaEvidence({ ...coveredNvidiaEvidence(), revocation: { ocsp: [], crls } });
  expect(both).toMatchObject({ ok: true, revocation: 'authorities', earliestExpiryUnixSec: at + 7 * 86_400 });
  const one = verifyNvidiaEvidence({
    ...coveredNvidiaEvidence(),
    revocation: { ocsp: [], crls: crls.slice(1) },
  });
  expect(one).toMatchObject({ ok: true, revocation: 'none' });
});

test('a CRL of another chip family in the same pack is nobody’s business', () => {
  const other = createSimulatedDevice({ chip: 'GB100', seed: 'sample' }).specs;
  const { revocation, ...rest } = coveredNvidiaEvidence();
  const verification = verifyNvidiaEvidence({
    ...rest,
    revocation: { ...revocation, crls: [crlAbout(other.provisioner)] },
  });
  expect(verification).toMatchObject({ ok: true, revocation: 'device' });
});

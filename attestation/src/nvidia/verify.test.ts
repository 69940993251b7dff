import { expect, test } from '@jest/globals';
import { createSimulatedDevice } from '../simulated/nvidia/device.ts';
import { nvidiaSampleAtUnixSec, sampleNvidiaEvidence } from '../simulated/nvidia/sample-evidence.ts';
import { trustAnchorFromCertificate } from '../trust-anchors.ts';
import { deviceCheckReasons } from './check-ids.ts';
import { chainFaults } from './faults/chain-faults.ts';
import { forged, reported } from './faults/faulty-device.ts';
import { reportFaults } from './faults/report-faults.ts';
import { rimCheckReasons } from './rim/check-ids.ts';
import { simulatedDeviceRootCa } from './roots.ts';
import { verifyNvidiaEvidence } from './verify.ts';

const faults = [...reportFaults, ...chainFaults];
const withoutRevocation = Object.keys(deviceCheckReasons).filter((id) => !id.startsWith('revocation.'));

test.each(['GH100', 'GB100', 'LS_10'] as const)(
  'evidence of a %s without a fault passes every check',
  (chip) => {
    const verification = verifyNvidiaEvidence(sampleNvidiaEvidence({ chip }));
    const { ok, reason, checks, device, platform, simulated } = verification;
    expect({ ok, reason, simulated }).toEqual({ ok: true, reason: undefined, simulated: true });
    expect(checks.filter(({ result }) => result === 'fail')).toEqual([]);
    expect(checks.filter(({ result }) => result === 'pass').map(({ id }) => id)).toEqual(withoutRevocation);
    expect(verification.chip).toBe(chip);
    expect(device?.measurements).toHaveLength(chip === 'LS_10' ? 31 : 64);
    expect(platform).toMatchObject({ kind: 'gpu-serial' });
  },
);

test.each(faults)('%s fails when %s', (id, _fault, evidence) => {
  const verification = verifyNvidiaEvidence(evidence());
  const firstFailed = verification.checks.find(({ result }) => result === 'fail');
  expect(firstFailed).toMatchObject({ id });
  expect(verification).toMatchObject({
    ok: false,
    reason: firstFailed?.reason,
    earliestExpiryUnixSec: undefined,
  });
});

test('every check of a device has a fault that it sees first', () => {
  expect(new Set(faults.map(([id]) => id))).toEqual(new Set(withoutRevocation));
});

test('a verdict lists every check, whatever failed first', () => {
  const ids = (verification: ReturnType<typeof verifyNvidiaEvidence>) =>
    verification.checks.map(({ id }) => id);
  const whole = ids(verifyNvidiaEvidence(sampleNvidiaEvidence()));
  for (const [, , evidence] of faults) expect(ids(verifyNvidiaEvidence(evidence()))).toEqual(whole);
});

test('a check that could not be made counts as failed and says so', () => {
  const { checks, platform, chip } = verifyNvidiaEvidence(forged());
  expect(checks.find(({ id }) => id === 'report.signature')).toMatchObject({
    result: 'fail',
    detail: 'not evaluated: chain.root failed',
  });
  expect({ platform, chip }).toEqual({ platform: undefined, chip: undefined });
});

test('what was left out on purpose shows as ignored', () => {
  const { checks, ok } = verifyNvidiaEvidence({ ...sampleNvidiaEvidence(), nonce: 'ignore' });
  const ignored = checks.filter(({ result }) => result === 'ignored').map(({ id }) => id);
  const ofManifests = (role: string) => Object.keys(rimCheckReasons).map((id) => `${role}-${id}`);
  expect(ok).toBe(true);
  expect(ignored).toEqual([
    'report.nonce',
    'revocation.answers',
    'revocation.freshness',
    'revocation.status',
    ...ofManifests('driver'),
    ...ofManifests('vbios'),
    'driver-rim.version',
    'driver-rim.product',
    'vbios-rim.version',
    'vbios-rim.product',
    'rim.overlap',
    'rim.measurements',
  ]);
});

test('the verdict holds no longer than the shortest certificate', () => {
  const notAfterUnixSec = nvidiaSampleAtUnixSec + 60;
  const { earliestExpiryUnixSec } = verifyNvidiaEvidence(
    sampleNvidiaEvidence({ adjust: { brom: (brom) => ({ ...brom, notAfterUnixSec }) } }),
  );
  expect(earliestExpiryUnixSec).toBe(notAfterUnixSec);
});

test('a verdict is JSON-ready', () => {
  const verification = verifyNvidiaEvidence(reported((report) => report));
  const { reason: _, rim: __, ...rest } = JSON.parse(JSON.stringify(verification));
  expect(verification).toMatchObject(rest);
});

test('the simulated root is the pinned one, for every chip', () => {
  for (const chip of ['GH100', 'GB100', 'LS_10'] as const) {
    const { certificates } = createSimulatedDevice({ chip, seed: 'any' });
    expect(trustAnchorFromCertificate(certificates[4], true)).toEqual(simulatedDeviceRootCa);
  }
});
